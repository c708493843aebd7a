import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTracesJson } from '@waybill/wire/otlp'
import { quantile, spansOf } from './src/jaeger-api.ts'
import { processUsage } from './src/process-usage.ts'
import { seededRandom } from './src/random.ts'
import type { RequestSource } from './src/requests.ts'
import { requestSource } from './src/requests.ts'
import { sendAll } from './src/send.ts'
import type { RunningServer } from './src/server-under-test.ts'
import { startServer } from './src/server-under-test.ts'
import { waybill } from './src/servers.ts'

/*
 * How soon Waybill alone is ready, with an empty store and with a million spans; what it weighs when nothing
 * happens; how soon an acknowledged span is in an answer.
 */

const wantedSpans = Number(process.env['BENCH_SPANS'] ?? 1_000_000)
const starts = 5
const askedTimes = 50
/** Idle memory is read after this long without a request, so that what the start left behind is freed. */
const idleMs = 3_000

interface StartFigures {
  readonly store: string
  readonly readyMs: readonly number[]
  readonly idleRssBytes: number
  readonly idleAnonymousBytes: number
}

async function measureStarts(store: string, folder: string | undefined): Promise<StartFigures> {
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
  return { store, readyMs, idleRssBytes: usage.rssBytes, idleAnonymousBytes: usage.anonymousBytes }
}

/** Puts the spans into the store of a folder. @returns how many they were. */
async function fill(folder: string): Promise<number> {
  const startUnixMs = Date.now() - 3_600_000
  const source = requestSource(startUnixMs)
  const rounds = Math.ceil(wantedSpans / source.spansPerRound)
  const server = await startServer(waybill, folder)
  try {
    const { spans } = await sendAll(server.otlpUrl, roundsOf(source, rounds), 4)
    await untilReadable(server, source.traceIdIn(rounds - 1, source.traceIds.at(-1) ?? ''))
    return spans
  } finally {
    await server.halt()
  }
}

function* roundsOf(source: RequestSource, rounds: number) {
  for (let round = 0; round < rounds; round++) yield* source.round(round)
}

async function untilReadable(server: RunningServer, traceId: string): Promise<void> {
  while ((await spansOf(server.jaegerUrl, traceId)) === 0)
    await new Promise(resolve => setTimeout(resolve, 20))
}

/** Times from a request's acknowledgement until its trace is in an answer, in milliseconds, sorted. */
async function acknowledgedToVisible(folder: string): Promise<readonly number[]> {
  const server = await startServer(waybill, folder)
  const random = seededRandom(7)
  const taken: number[] = []
  try {
    for (let i = 0; i < askedTimes; i++) {
      const traceId = random.hex(32)
      const answer = await fetch(server.otlpUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(oneSpan(traceId, random.hex(16))),
      })
      if (!answer.ok) throw new Error(`${server.otlpUrl}: ${answer.status} ${await answer.text()}`)
      const startMs = performance.now()
      while ((await spansOf(server.jaegerUrl, traceId)) === 0) if (performance.now() - startMs > 10_000) break
      taken.push(performance.now() - startMs)
    }
  } finally {
    await server.halt()
  }
  return taken.sort((a, b) => a - b)
}

function oneSpan(traceId: string, spanId: string): Uint8Array {
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
  return encodeTracesJson({
    resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
  })
}

function print(figures: readonly StartFigures[], visible: readonly number[]): void {
  console.log('| store | ready p50, ms | slowest of 5, ms | idle RSS, MB | of it anonymous, MB |')
  console.log('| --- | --- | --- | --- | --- |')
  for (const { store, readyMs, idleRssBytes, idleAnonymousBytes } of figures) {
    const cells = [
      store,
      quantile(readyMs, 0.5).toFixed(0),
      quantile(readyMs, 1).toFixed(0),
      (idleRssBytes / 1e6).toFixed(0),
      (idleAnonymousBytes / 1e6).toFixed(0),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
  const [p50, worst] = [quantile(visible, 0.5), quantile(visible, 1)]
  console.log(
    `\nacknowledged to visible, ${visible.length} times: p50 ${p50.toFixed(0)} ms, slowest ${worst.toFixed(0)} ms`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
try {
  const empty = await measureStarts('empty', undefined)
  const spans = await fill(folder)
  const full = await measureStarts(`${spans} spans`, folder)
  const visible = await acknowledgedToVisible(folder)
  print([empty, full], visible)
  mkdirSync('bench/results', { recursive: true })
  writeFileSync(
    'bench/results/start.json',
    `${JSON.stringify({ starts: [empty, full], visible }, null, 2)}\n`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
