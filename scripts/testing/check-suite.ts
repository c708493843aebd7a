import { root } from '../set-up/root.ts'
import { runCommand } from '../set-up/run-command.ts'
import type { Counts } from './counts.ts'
import { failure, nothing, sum } from './counts.ts'

const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '.'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the web', 'tsc', '-p', 'apps/web/tsconfig.json'],
]

/** Formatter, linter and compiler over the repository, each counted as one test. */
export async function runCheckSuite(print: (line: string) => void): Promise<Counts> {
  const results = checks.map(async ([name, command, ...args]): Promise<Counts> => {
    const { code, output } = await runCommand(`${root}node_modules/.bin/${command}`, args, { cwd: root })
    const isPassed = code === 0
    print(`${isPassed ? '✓' : '✗'} ${name} (${[command, ...args].join(' ')})`)
    if (isPassed) return { ...nothing, passed: 1 }
    print(output.trimEnd())
    return failure(`✗ ${name}\n${output.trimEnd()}`)
  })
  return sum(await Promise.all(results))
}
