import { Unavailable } from '@waybill/brokers'
import { clients } from './clients.ts'
import { runClient } from './run-client.ts'
import type { RunningWaybill } from './waybill.ts'
import { startWaybill } from './waybill.ts'

/*
 * `npm run interop [-- words…]`: every client whose title or folder has one of the words, all of them if there
 * are none, against a fresh Waybill; a line each.
 */

type Result = 'passed' | 'failed' | 'skipped'

async function report(client: (typeof clients)[number], waybill: RunningWaybill): Promise<Result> {
  const startedMs = performance.now()
  const print = (mark: string, text: string): void =>
    console.log(`${mark} ${client.title.padEnd(52)} ${text}`)
  try {
    const { spans, differences } = await runClient(client, waybill, line => console.log(`… ${line}`))
    const took = `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
    if (differences.length === 0) {
      print('✓', `${spans} spans to ${client.receiver}, ${took}`)
      return 'passed'
    }
    print('✗', [`to ${client.receiver}`, ...differences].join('\n    '))
    return 'failed'
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    print(error instanceof Unavailable ? '! SKIPPED' : '✗', message)
    return error instanceof Unavailable ? 'skipped' : 'failed'
  }
}

async function main(words: readonly string[]): Promise<boolean> {
  const chosen = clients.filter(
    ({ title, workshop }) =>
      words.length === 0 ||
      words.some(word => workshop.name === word || title.toLowerCase().includes(word.toLowerCase())),
  )
  if (chosen.length === 0) throw new Error(`No client is called ${words.join(' or ')}`)
  const waybill = await startWaybill()
  const counts: Record<Result, number> = { passed: 0, failed: 0, skipped: 0 }
  try {
    for (const client of chosen) counts[await report(client, waybill)]++
  } finally {
    await waybill.stop()
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0
}

main(process.argv.slice(2)).then(
  isGood => process.exit(isGood ? 0 : 1),
  (error: Error) => {
    console.error(error.message)
    process.exit(1)
  },
)
