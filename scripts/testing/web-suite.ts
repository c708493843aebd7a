import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { root } from '../set-up/root.ts'
import type { Counts } from './counts.ts'
import { failure, sum } from './counts.ts'

const folder = `${root}apps/web/`

/** The part of vitest's JSON report that is counted. */
interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly VitestFile[]
}

interface VitestFile {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly {
    readonly status: string
    readonly fullName: string
    readonly failureMessages: readonly string[] | null
  }[]
}

/** Runs the web's tests with vitest, which prints for itself. */
export async function runWebSuite(files: readonly string[]): Promise<Counts> {
  const temporary = await mkdtemp(join(tmpdir(), 'waybill-vitest-'))
  const reportPath = join(temporary, 'report.json')
  const own = files.map(file => file.replace(/^apps\/web\//, ''))
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`, ...own]
  try {
    const vitest = spawn(`${root}node_modules/.bin/vitest`, args, {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const [code] = (await once(vitest, 'exit')) as [number | null]
    const report: VitestReport = JSON.parse(await readFile(reportPath, 'utf8'))
    const counts = countsOf(report)
    // Errors outside of tests, such as an unhandled rejection, show only in the exit code.
    if (code === 0 || counts.failed > 0) return counts
    return sum([counts, failure('✗ apps/web: an error outside of tests; it is printed with the suite')])
  } catch (error) {
    return failure(`✗ apps/web: vitest wrote no report: ${String(error)}`)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function countsOf(report: VitestReport): Counts {
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [
      ...unloadable.map(({ name, message }) => `✗ ${relative(root, name)}: ${message}`),
      ...report.testResults.flatMap(failuresOf),
    ],
  }
}

function failuresOf({ name, assertionResults }: VitestFile): readonly string[] {
  return assertionResults
    .filter(({ status }) => status === 'failed')
    .map(
      ({ fullName, failureMessages }) =>
        `✗ ${relative(root, name)} ${fullName}\n${(failureMessages ?? []).join('\n')}`,
    )
}
