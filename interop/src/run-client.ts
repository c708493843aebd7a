import { setTimeout as delay } from 'node:timers/promises'
import { runProgram, setUp } from '@waybill/brokers'
import { differentAnswers } from './answers.ts'
import type { Client } from './clients.ts'
import { startCollector } from './collector.ts'
import { differences } from './compare.ts'
import { spansOf } from './read-back.ts'
import type { Story } from './story.ts'
import type { RunningWaybill } from './waybill.ts'

const runMs = 60_000
/** How long spans may take to be found: a datagram is acknowledged by nobody. */
const findMs = 10_000

/** What became of a client's run; empty differences are a success. */
export interface Outcome {
  readonly spans: number
  readonly differences: readonly string[]
}

/**
 * Sets a client up, runs it against a server and compares what the server's three APIs give back.
 *
 * @throws Unavailable where it cannot be set up on this machine, an Error where it fails or takes too long.
 */
export async function runClient(
  client: Client,
  waybill: RunningWaybill,
  onProgress: (line: string) => void,
): Promise<Outcome> {
  const { workshop, program, format, through, story } = client
  // A service of its own, so that no other client's spans are mistaken for its; Zipkin has lower case only.
  const service = ['shop', workshop.name, program.replace(/\W.*/, ''), through?.exporter, format]
    .filter(part => part !== undefined)
    .join('-')
    .toLowerCase()
  const endpoint = waybill.addressOf(client.receiver)
  const collector = through && (await startCollector(through, endpoint, onProgress))
  try {
    const traceIds = await send(client, collector?.url ?? endpoint, service, waybill, onProgress)
    return await readBack(story, traceIds, service, waybill)
  } finally {
    await collector?.stop()
  }
}

/** Looks until all is there, and at what the other APIs answer then; or says what is still different. */
async function readBack(
  story: Story,
  traceIds: readonly string[],
  service: string,
  waybill: RunningWaybill,
): Promise<Outcome> {
  const deadline = performance.now() + findMs
  for (;;) {
    const stored = await spansOf(waybill.url, traceIds)
    const found = differences(story, stored, service)
    if (found.length === 0) {
      const apis = { jaeger: waybill.url, zipkin: waybill.addressOf('zipkin') }
      return { spans: stored.length, differences: await differentAnswers(story, traceIds, apis) }
    }
    if (performance.now() > deadline) return { spans: stored.length, differences: found }
    await delay(100)
  }
}

/** Runs the program to its end and returns the ids of the traces it says it sent. */
async function send(
  { title, workshop, program, format, asks }: Client,
  endpoint: string,
  service: string,
  waybill: RunningWaybill,
  onProgress: (line: string) => void,
): Promise<readonly string[]> {
  const folder = await setUp(workshop, onProgress)
  const [command = '', ...args] = workshop.run(program)
  args.push(format, endpoint, service)
  if (asks !== undefined) args.push(waybill.addressOf(asks))
  const output = await runProgram({ command, args, cwd: folder, timeoutMs: runMs })
  const traceIds = traceIdsIn(output)
  if (traceIds.length === 0) throw new Error(`${title} named no trace: ${output}`)
  return traceIds
}

/** The ids that a program names, a line each, of 64 or 128 bits. Jaeger's clients leave out the zeros they begin with. */
export function traceIdsIn(output: string): readonly string[] {
  return [...output.matchAll(/^trace ([0-9a-f]{1,32})$/gm)].map(([, id = '']) =>
    id.padStart(id.length <= 16 ? 16 : 32, '0'),
  )
}
