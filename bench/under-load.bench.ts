import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiPaths } from '@waybill/api'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { get, quantile } from './src/get.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { searchUrl } from './src/native-api.ts'
import { requestSource, roundMs, spansPerTrace } from './src/requests.ts'
import { loopDelay, loopDelayEnv } from './src/servers/loop-delay.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * One reader asks for a trace and for a service's newest traces in turn, while four connections send as fast as
 * they are answered and the store loads what they sent.
 */

const rounds = Math.max(16, Math.round(Number(process.env['BENCH_SPANS'] ?? 2_000_000) / 51_456))
const connections = 4
/** Stored before the reader starts. */
const before = 8

const startUnixMs = Date.now() - (rounds + 1) * roundMs
const source = requestSource(startUnixMs)
const finishRecord = startRecord('under-load', { spans: rounds * source.spansPerRound, connections })
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
const server = await startServer(waybill, folder, loopDelayEnv(folder))
const connect = () => Array.from({ length: connections }, () => httpConnection(server.intakeUrl))
try {
  await sendAll(connect(), source.rounds(0, before))
  await untilReadable(server, source.sampleOf(before - 1), spansPerTrace)
  const reader = { isDone: false, byId: [] as number[], byService: [] as number[] }
  const reading = read(reader)
  await loopDelay(server)
  const startMs = performance.now()
  const { spans } = await sendAll(connect(), source.rounds(before, rounds))
  await untilReadable(server, source.sampleOf(rounds - 1), spansPerTrace)
  const takenMs = performance.now() - startMs
  reader.isDone = true
  await reading
  const delay = await loopDelay(server)
  for (const times of [reader.byId, reader.byService]) times.sort((a, b) => a - b)
  console.log(`asked ${reader.byId.length} times each in ${(takenMs / 1000).toFixed(1)} s`)
  const figures = {
    ingestPerSecond: (spans / takenMs) * 1000,
    byIdP50: quantile(reader.byId, 0.5),
    byIdP95: quantile(reader.byId, 0.95),
    byServiceP50: quantile(reader.byService, 0.5),
    byServiceP95: quantile(reader.byService, 0.95),
    loopP99: delay.p99Ms,
    loopWorst: delay.worstMs,
  }
  finishBench('under-load', finishRecord(ownValues(figures)))
} finally {
  await server.stop()
}

async function read(reader: {
  readonly isDone: boolean
  readonly byId: number[]
  readonly byService: number[]
}): Promise<void> {
  const range = { startUnixMs: startUnixMs - roundMs, endUnixMs: startUnixMs + (rounds + 2) * roundMs }
  const timed = async (url: string): Promise<number> => {
    const { status, body, wholeMs } = await get(url)
    if (status !== 200) throw new Error(`${url}: ${status} ${body.toString().slice(0, 300)}`)
    return wholeMs
  }
  for (let n = 0; !reader.isDone; n++) {
    const traceId = source.traceIdIn(
      n % before,
      source.traceIds[(n * 104_729) % source.traceIds.length] ?? '',
    )
    reader.byId.push(await timed(`${server.queryUrl}${apiPaths.trace(traceId)}`))
    reader.byService.push(await timed(searchUrl(server.queryUrl, 'service:billing', range)))
  }
}
