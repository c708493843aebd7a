import { readFileSync, writeFileSync } from 'node:fs'
import type { BenchName } from './src/figures/benches.ts'
import { benches } from './src/figures/benches.ts'
import { documentPath, lastRun, recordedRun, reportComparison } from './src/figures/finish.ts'
import { replaceSection, runSection } from './src/figures/tables.ts'

/*
 * `npm run bench -- check`: whether the last run of each bench in this clone is as good as the recorded one, and
 * whether BENCHMARKS.md shows what is recorded. Measures nothing; ends with 1 after a regression. With `--write` the
 * document gets what is recorded, after a title or an aim has changed.
 */

let document = readFileSync(documentPath, 'utf8')
if (process.argv.includes('--write')) {
  for (const bench of Object.keys(benches) as readonly BenchName[]) {
    const recorded = recordedRun(bench)
    if (recorded !== undefined)
      document = replaceSection(document, bench, runSection(benches[bench], recorded))
  }
  writeFileSync(documentPath, document)
}
for (const bench of Object.keys(benches) as readonly BenchName[]) {
  const recorded = recordedRun(bench)
  const last = lastRun(bench)
  if (recorded === undefined) console.log(`${bench}: nothing is recorded`)
  else if (replaceSection(document, bench, runSection(benches[bench], recorded)) !== document) {
    console.log(`${bench}: BENCHMARKS.md does not show what is recorded`)
    process.exitCode = 1
  }
  if (last === undefined) console.log(`${bench}: has not been run here`)
  else if (!reportComparison(bench, last)) process.exitCode = 1
}
