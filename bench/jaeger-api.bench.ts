import { apiPaths } from '@waybill/api'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { get, quantile } from './src/get.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { largeTrace } from './src/load/large-trace.ts'
import { untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { searchUrl } from './src/native-api.ts'
import type { RequestSource } from './src/requests.ts'
import { requestSource, roundMs, spansPerTrace } from './src/requests.ts'
import type { RunningServer } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * The same questions in Jaeger's two APIs and in the native one, over the same data. They are asked in turn, so
 * that whatever else the machine does is in all of them.
 */

const rounds = Math.max(1, Math.round(Number(process.env['BENCH_SPANS'] ?? 400_000) / 51_456))
const askedTimes = 60
const warmUps = 10
const largeSpans = 50_000
const largeTimes = 9
const largeId = '5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e'

type Apis = 'native' | 'legacy' | 'v3' | 'summaries'
type Urls = Partial<Readonly<Record<Apis, (n: number) => string>>>

/** Medians of each API, in milliseconds, and what each of Jaeger's is of the native one. */
async function compare(kind: string, urls: Urls, times: number): Promise<Readonly<Record<string, number>>> {
  const apis = Object.keys(urls) as Apis[]
  const taken = new Map<Apis, number[]>(apis.map(api => [api, []]))
  const bytes = new Map<Apis, number>()
  for (let n = 0; n < times + warmUps; n++)
    for (const api of apis) {
      const url = urls[api]?.(n) ?? ''
      const { status, body, wholeMs } = await get(url)
      if (status !== 200) throw new Error(`${url}: ${status} ${body.toString().slice(0, 300)}`)
      if (n >= warmUps) taken.get(api)?.push(wholeMs)
      bytes.set(api, body.length)
    }
  const medians = new Map(
    apis.map(api => [
      api,
      quantile(
        (taken.get(api) ?? []).sort((a, b) => a - b),
        0.5,
      ),
    ]),
  )
  const native = medians.get('native') ?? Number.NaN
  const figures: Record<string, number> = {}
  for (const [api, median] of medians) {
    console.log(`${kind}, ${api}: p50 ${median.toFixed(1)} ms, ${bytes.get(api)} bytes`)
    figures[`${kind}-${api}`] = median
    if (api !== 'native') figures[`${kind}-${api}-share`] = median / native
  }
  return figures
}

function searchUrls(server: RunningServer, startUnixMs: number): Urls {
  const base = server.queryUrl
  const range = (n: number) => ({
    startUnixMs: startUnixMs - n,
    endUnixMs: startUnixMs + (rounds + 2) * roundMs,
  })
  const v3 = (path: string) => (n: number) => {
    const { startUnixMs, endUnixMs } = range(n)
    const parameters = new URLSearchParams({
      'query.serviceName': 'billing',
      'query.startTimeMin': new Date(startUnixMs).toISOString(),
      'query.startTimeMax': new Date(endUnixMs).toISOString(),
      'query.searchDepth': '20',
    })
    return `${base}/api/v3/${path}?${parameters}`
  }
  return {
    native: n => searchUrl(base, 'service:billing', range(n)),
    legacy: n => {
      const { startUnixMs, endUnixMs } = range(n)
      return `${base}/api/traces?service=billing&start=${startUnixMs}000&end=${endUnixMs}000&limit=20`
    },
    v3: v3('traces'),
    summaries: v3('trace-summaries'),
  }
}

function traceUrls(server: RunningServer, idOf: (n: number) => string): Urls {
  const base = server.queryUrl
  return {
    native: n => `${base}${apiPaths.trace(idOf(n))}`,
    legacy: n => `${base}/api/traces/${idOf(n)}`,
    v3: n => `${base}/api/v3/traces/${idOf(n)}`,
  }
}

function traceIdOf(source: RequestSource): (n: number) => string {
  return n =>
    source.traceIdIn((n * 7919) % rounds, source.traceIds[(n * 104_729) % source.traceIds.length] ?? '')
}

const finishRecord = startRecord('jaeger-api', { rounds, largeSpans })
const startUnixMs = Date.now() - (rounds + 1) * roundMs
const source = requestSource(startUnixMs)
const server = await startServer(waybill)
try {
  const connected = Array.from({ length: 4 }, () => httpConnection(server.intakeUrl))
  await sendAll(connected, source.rounds(0, rounds))
  await sendAll([httpConnection(server.intakeUrl)], largeTrace(largeId, largeSpans, Date.now() - 3_600_000))
  await untilReadable(server, source.sampleOf(rounds - 1), spansPerTrace)
  await untilReadable(server, [largeId], largeSpans)
  finishBench(
    'jaeger-api',
    finishRecord(
      ownValues({
        ...(await compare('search', searchUrls(server, startUnixMs), askedTimes)),
        ...(await compare('trace', traceUrls(server, traceIdOf(source)), askedTimes)),
        ...(await compare(
          'large',
          traceUrls(server, () => largeId),
          largeTimes,
        )),
      }),
    ),
  )
} finally {
  await server.stop()
}
