import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchName } from './benches.ts'
import { benches } from './benches.ts'
import type { Comparison } from './compare.ts'
import { compareRuns } from './compare.ts'
import type { RunRecord } from './run-record.ts'
import { replaceSection, runSection } from './tables.ts'

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
/** The document whose tables the recorded runs fill. */
export const documentPath = inRepository('BENCHMARKS.md')
const recordedPath = (bench: string): string => inRepository(`bench/results/${bench}.json`)
const lastPath = (bench: string): string => inRepository(`bench/results/last/${bench}.json`)

/**
 * Ends a bench: prints its table, keeps the run as the last one, and compares it with the recorded one; a
 * regression makes the process end with 1. With `--write` among the arguments the run becomes the recorded one
 * and its table goes into BENCHMARKS.md.
 */
export function finishBench(bench: BenchName, run: RunRecord, args: readonly string[] = process.argv): void {
  console.log(runSection(benches[bench], run))
  writeJson(lastPath(bench), run)
  if (!reportComparison(bench, run)) process.exitCode = 1
  if (!args.includes('--write')) return
  writeJson(recordedPath(bench), run)
  const document = replaceSection(readFileSync(documentPath, 'utf8'), bench, runSection(benches[bench], run))
  writeFileSync(documentPath, document)
  process.exitCode = 0
  console.log(`Recorded in bench/results/${bench}.json and BENCHMARKS.md.`)
}

/** The recorded run of a bench; undefined where there is none. */
export function recordedRun(bench: BenchName): RunRecord | undefined {
  return readJson(recordedPath(bench))
}

/** The last run of a bench in this clone; undefined where there was none. */
export function lastRun(bench: BenchName): RunRecord | undefined {
  return readJson(lastPath(bench))
}

/** Compares a run with the recorded one and prints the outcome. @returns false after a regression. */
export function reportComparison(bench: BenchName, run: RunRecord): boolean {
  const recorded = recordedRun(bench)
  if (recorded === undefined) {
    console.log(`${bench}: no recorded run to compare with; --write records this one.`)
    return true
  }
  const comparison = compareRuns(benches[bench], recorded, run)
  for (const line of comparisonLines(bench, comparison)) console.log(line)
  return comparison.kind === 'incomparable' || comparison.regressions.length === 0
}

/** The outcome in words, a line for each regression. */
export function comparisonLines(bench: string, comparison: Comparison): readonly string[] {
  if (comparison.kind === 'incomparable') return [`${bench}: not compared, ${comparison.reason}`]
  const { regressions, checked, isBusy } = comparison
  const outcome = regressions.length === 0 ? 'no regression' : `${regressions.length} worse`
  const leftOut = isBusy ? '; times without a peer are left out, since the cores were busy' : ''
  const lines = regressions.map(
    ({ title, worse, tolerance, against }) =>
      `${bench}: REGRESSION in ${title}: ${worse.toFixed(2)} times worse than ${against} (tolerance ${tolerance})`,
  )
  return [...lines, `${bench}: ${outcome} in ${checked} figures${leftOut}`]
}

function readJson(path: string): RunRecord | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RunRecord) : undefined
}

function writeJson(path: string, run: RunRecord): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(run, null, 2)}\n`)
}
