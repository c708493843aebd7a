import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { repositoryFiles } from './set-up/repository-files.ts'
import { root } from './set-up/root.ts'

/*
 * `npm run bench [-- <name> … --write]`: runs bench/<name>.bench.ts one after the other, all of them without a
 * name; `check` measures nothing and compares the last runs with the recorded ones. Options go to each of them.
 */

const files = (await repositoryFiles()).filter(path => /^bench\/[\w-]+\.bench\.ts$/.test(path))
const nameOf = (path: string): string => path.slice('bench/'.length, -'.bench.ts'.length)
const pathOf = new Map([...files.map(path => [nameOf(path), path] as const), ['check', 'bench/check.ts']])
const args = process.argv.slice(2)
const options = args.filter(arg => arg.startsWith('--'))
const named = args.filter(arg => !options.includes(arg))
const unknown = named.filter(name => !pathOf.has(name))

if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(', ')}; there are ${[...pathOf.keys()].join(', ')}.`)
  process.exitCode = 1
} else {
  for (const name of named.length === 0 ? files.map(nameOf) : named) {
    console.log(`\n── ${name} ──`)
    const bench = spawn(process.execPath, ['--expose-gc', pathOf.get(name) ?? '', ...options], {
      cwd: root,
      stdio: 'inherit',
    })
    const [code] = await once(bench, 'exit')
    if (code !== 0) process.exitCode = 1
  }
}
