import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTracesJson } from '@waybill/wire/otlp'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { quantile } from './src/get.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { spansOf, untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { processUsage } from './src/process-usage.ts'
import { seededRandom } from './src/random.ts'
import { requestSource, roundMs, spansPerTrace } from './src/requests.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * How soon Waybill alone is ready, with an empty store and with a million spans; what it weighs when nothing
 * happens; how soon an acknowledged span is in an answer.
 */

const rounds = Math.max(1, Math.round(Number(process.env['BENCH_SPANS'] ?? 1_000_000) / 51_456))
const starts = 5
const askedTimes = 50
/** Idle memory is read after this long without a request, so that what the start left behind is freed. */
const idleMs = 3_000

interface Starts {
  /** Sorted. */
  readonly readyMs: readonly number[]
  readonly idleRssBytes: number
  readonly idleAnonymousBytes: number
}

async function measureStarts(folder?: string): Promise<Starts> {
  const readyMs: number[] = []
  let usage = { rssBytes: 0, anonymousBytes: 0 }
  for (let i = 0; i < starts; i++) {
    const server = await startServer(waybill, folder)
    readyMs.push(server.readyMs)
    if (i === starts - 1) {
      await new Promise(resolve => setTimeout(resolve, idleMs))
      usage = processUsage(server.pid)
    }
    await (folder === undefined ? server.stop() : server.halt())
  }
  readyMs.sort((a, b) => a - b)
  return { readyMs, idleRssBytes: usage.rssBytes, idleAnonymousBytes: usage.anonymousBytes }
}

/** Puts the spans into the store of a folder. @returns how many they were. */
async function fill(folder: string): Promise<number> {
  const source = requestSource(Date.now() - (rounds + 1) * roundMs)
  const server = await startServer(waybill, folder)
  try {
    const { spans } = await sendAll([httpConnection(server.intakeUrl)], source.rounds(0, rounds))
    await untilReadable(server, source.sampleOf(rounds - 1), spansPerTrace)
    return spans
  } finally {
    await server.halt()
  }
}

/** Times from a request's acknowledgement until its trace is in an answer, in milliseconds, sorted. */
async function acknowledgedToVisible(folder: string): Promise<readonly number[]> {
  const server = await startServer(waybill, folder)
  const random = seededRandom(7)
  const connection = httpConnection(server.intakeUrl)
  const taken: number[] = []
  try {
    for (let i = 0; i < askedTimes; i++) {
      const traceId = random.hex(32)
      await connection.post(oneSpan(traceId, random.hex(16)))
      const startMs = performance.now()
      while ((await spansOf(server, traceId)) === 0) if (performance.now() - startMs > 10_000) break
      taken.push(performance.now() - startMs)
    }
  } finally {
    connection.close()
    await server.halt()
  }
  return taken.sort((a, b) => a - b)
}

function oneSpan(traceId: string, spanId: string): Buffer {
  const nowNano = BigInt(Date.now()) * 1_000_000n
  const service = { key: 'service.name', value: { stringValue: 'probe' } }
  const span = {
    traceId,
    spanId,
    name: 'probe',
    kind: 1,
    startTimeUnixNano: String(nowNano),
    endTimeUnixNano: String(nowNano + 1_000_000n),
  }
  const resourceSpans = [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }]
  return Buffer.from(encodeTracesJson({ resourceSpans }))
}

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
try {
  const finishRecord = startRecord('start', { rounds, starts, 'spans asked for': askedTimes })
  const empty = await measureStarts()
  console.log(`ready with an empty store: ${empty.readyMs.map(ms => ms.toFixed(0)).join(', ')} ms`)
  const spans = await fill(folder)
  const full = await measureStarts(folder)
  console.log(`ready with ${spans} spans: ${full.readyMs.map(ms => ms.toFixed(0)).join(', ')} ms`)
  const visible = await acknowledgedToVisible(folder)
  const figures = {
    readyEmpty: quantile(empty.readyMs, 0.5),
    readyFull: quantile(full.readyMs, 0.5),
    readyWorst: Math.max(...empty.readyMs, ...full.readyMs),
    idleRssMegabytes: full.idleRssBytes / 1e6,
    idleAnonymousMegabytes: full.idleAnonymousBytes / 1e6,
    visibleP50: quantile(visible, 0.5),
    visibleWorst: quantile(visible, 1),
  }
  finishBench('start', finishRecord(ownValues(figures)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
