import { once } from 'node:events'
import { relative, resolve } from 'node:path'
import { run } from 'node:test'
import { root } from '../set-up/root.ts'
import type { Counts } from './counts.ts'
import { sum } from './counts.ts'
import type { TestEvent } from './file-report.ts'
import { FileReport } from './file-report.ts'

/** How the files of a suite are run. */
export interface NodeSuiteOptions {
  /** Files at once. */
  readonly concurrency: number
  /** How long one test may run. */
  readonly timeoutMs: number
  /** How long the suite may go on with no test beginning or ending; longer than the one above. */
  readonly silenceMs: number
  /** Added to the environment of every test file. */
  readonly env?: Readonly<Record<string, string>>
}

/** Where an event comes from; `entryFile` is missing on those of a file as a whole. */
type Located = TestEvent & { readonly file?: string | undefined; readonly entryFile?: string }

/** Runs node:test files, each in a process of its own, with a line for every file and the details of failures. */
export async function runNodeSuite(
  files: readonly string[],
  options: NodeSuiteOptions,
  print: (line: string) => void,
): Promise<Counts> {
  const reports = new Map(files.map(file => [file, new FileReport(file)] as const))
  const reportOf = (path: string): FileReport => {
    const file = relative(root, resolve(root, path))
    const report = reports.get(file) ?? new FileReport(file)
    reports.set(file, report)
    return report
  }
  const finish = (report: FileReport, durationMs: number): void => {
    for (const line of report.lines(durationMs)) print(line)
  }
  const silence = new AbortController()
  const abort = (): void =>
    silence.abort(new Error(`no test began or ended for ${options.silenceMs / 1000} s`))
  let bound = setTimeout(abort, options.silenceMs)
  const stream = run({
    files: files.map(file => resolve(root, file)),
    cwd: root,
    concurrency: options.concurrency,
    timeout: options.timeoutMs,
    // A file whose tests have ended but which holds something open does not end by itself.
    signal: silence.signal,
    env: { ...process.env, ...options.env },
    execArgv: ['--import', new URL('./property-seed.ts', import.meta.url).href],
  })
  stream.on('test:pass', (event: Located & { details: { duration_ms: number } }) => {
    if (event.entryFile !== undefined) return reportOf(event.entryFile).addPassed(event)
    const report = reportOf(event.file ?? event.name)
    report.addFileFailure('there is no test in it')
    finish(report, event.details.duration_ms)
  })
  stream.on('test:fail', (event: Located & { details: { duration_ms: number } }) => {
    if (event.entryFile !== undefined) return reportOf(event.entryFile).addFailed(event)
    const report = reportOf(event.file ?? event.name)
    report.addFileFailure(event.details.error instanceof Error ? event.details.error.message : 'it failed')
    finish(report, event.details.duration_ms)
  })
  stream.on('test:stderr', ({ file, message }) => reportOf(file).addOutput(message))
  stream.on('test:stdout', ({ file, message }) => reportOf(file).addOutput(message))
  stream.on('test:summary', ({ file, duration_ms }) => {
    if (file !== undefined) finish(reportOf(file), duration_ms)
  })
  stream.on('data', () => {
    clearTimeout(bound)
    bound = setTimeout(abort, options.silenceMs)
  })
  await once(stream, 'end')
  clearTimeout(bound)
  return sum([...reports.values()].map(report => report.counts))
}
