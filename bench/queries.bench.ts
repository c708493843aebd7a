import { apiPaths } from '@waybill/api'
import { openDataset } from './src/dataset.ts'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { get, quantile } from './src/get.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { searchUrl, timeKind } from './src/native-api.ts'
import { diskBytes, processUsage } from './src/process-usage.ts'
import type { RequestSource } from './src/requests.ts'
import { requestSource, roundMs, spansPerTrace } from './src/requests.ts'
import type { RunningServer } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * Waybill with twenty million spans: what a span costs as the store grows, how soon it is ready again, and each
 * kind of question over all of it.
 */

const rounds = Math.max(1, Math.round(Number(process.env['BENCH_SPANS'] ?? 20_000_000) / 51_456))
const connections = 4
const askedTimes = 40
const restarts = 3
/** The stretches whose cost is compared: from a million spans on, and the last of the fill. */
const early = { first: 20, end: 60 }
const late = { first: rounds - 40, end: rounds }

type Measured = Readonly<Record<string, number>>

/** Sends everything; where that is long enough, compares an early stretch of it with the last. */
async function fill(server: RunningServer, source: RequestSource): Promise<Measured> {
  /** CPU of the server for each span of these rounds, in microseconds, all of them loaded. */
  const send = async (first: number, end: number): Promise<number> => {
    const before = processUsage(server.pid).cpuMs
    const connected = Array.from({ length: connections }, () => httpConnection(server.intakeUrl))
    const { spans } = await sendAll(connected, source.rounds(first, end))
    await untilReadable(server, source.sampleOf(end - 1), spansPerTrace)
    const micros = ((processUsage(server.pid).cpuMs - before) * 1000) / spans
    console.log(`rounds ${first} to ${end}: ${micros.toFixed(1)} µs CPU a span`)
    return micros
  }
  if (late.first < early.end) {
    await send(0, rounds)
    return {}
  }
  await send(0, early.first)
  const cpuAt1M = await send(early.first, early.end)
  await send(early.end, late.first)
  const cpuAtEnd = await send(late.first, late.end)
  return { cpuAt1M, cpuAtEnd, growth: cpuAtEnd / cpuAt1M }
}

/** Every kind of question over the whole range. */
async function ask(server: RunningServer, source: RequestSource, startUnixMs: number): Promise<Measured> {
  const base = server.queryUrl
  const traceOf = (n: number): string =>
    source.traceIdIn((n * 7919) % rounds, source.traceIds[(n * 104_729) % source.traceIds.length] ?? '')
  const orders = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => orderOf((await get(traceUrl(traceOf(n)))).body.toString())),
  )
  const search = (q: string) => (n: number) =>
    searchUrl(base, q, { startUnixMs: startUnixMs - n, endUnixMs: startUnixMs + (rounds + 2) * roundMs })
  const time = (key: string, urlOf: (n: number) => string): Promise<Measured> =>
    timeKind(server, key, urlOf, askedTimes)
  return {
    ...(await time('services', () => `${base}${apiPaths.services}`)),
    ...(await time('byService', search('service:billing'))),
    ...(await time('byId', n => traceUrl(traceOf(n)))),
    ...(await time('byOperation', search('service:billing name:"process orders"'))),
    ...(await time('byServiceTag', search('service:shop customer.tier:gold'))),
    ...(await time('byUniqueTag', n => search(`order.id:${orders[n % orders.length]}`)(n))),
    ...(await time('byFrequentTag', search('customer.tier:gold'))),
    ...(await time('byAbsentTag', search('customer.tier:platinum'))),
    ...(await time('byTagAndDuration', search('service:billing http.response.status_code=503 dur>50ms'))),
  }

  function traceUrl(traceId: string): string {
    return `${base}${apiPaths.trace(traceId)}`
  }
}

/** The order that a trace is about, from the answer that holds it. */
function orderOf(trace: string): string {
  const order = /"order\.id","value":\{"stringValue":"([0-9a-f]+)"/.exec(trace)?.[1]
  if (order === undefined) throw new Error(`a trace without an order: ${trace.slice(0, 300)}`)
  return order
}

/** Time until ready with this store, the median of some starts. */
async function restart(folder: string): Promise<number> {
  const readyMs: number[] = []
  for (let i = 0; i < restarts; i++) {
    const server = await startServer(waybill, folder)
    readyMs.push(server.readyMs)
    await server.halt()
  }
  console.log(`ready again: ${readyMs.map(ms => ms.toFixed(0)).join(', ')} ms`)
  return quantile(
    readyMs.sort((a, b) => a - b),
    0.5,
  )
}

const finishRecord = startRecord('queries', { rounds })
const dataset = openDataset('queries', rounds, Date.now() - (rounds + 1) * roundMs)
const source = requestSource(dataset.startUnixMs)
try {
  const figures: Record<string, number> = {}
  if (!dataset.isFilled) {
    const server = await startServer(waybill, dataset.folder)
    try {
      Object.assign(figures, await fill(server, source))
    } finally {
      await server.halt()
    }
    dataset.markFilled()
  }
  figures['restart'] = await restart(dataset.folder)
  const server = await startServer(waybill, dataset.folder)
  try {
    Object.assign(figures, await ask(server, source, dataset.startUnixMs))
  } finally {
    await server.halt()
  }
  // By now, parts that merges have replaced are gone.
  figures['bytesPerSpan'] = diskBytes(dataset.folder) / (rounds * source.spansPerRound)
  finishBench('queries', finishRecord(ownValues(figures)))
} finally {
  dataset.release()
}
