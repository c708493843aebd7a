import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { get, quantile, timeQuestion } from './src/get.ts'
import { grpcConnection } from './src/load/grpc-connection.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { untilReadable } from './src/load/readable.ts'
import type { Connection } from './src/load/send.ts'
import { sendAll } from './src/load/send.ts'
import { diskBytes, processUsage, watchAnonymous } from './src/process-usage.ts'
import type { Request, RequestSource } from './src/requests.ts'
import { requestSource, roundMs, spansPerTrace } from './src/requests.ts'
import { serversFound } from './src/servers/found.ts'
import type { RunningServer, ServerRecipe } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * The same traces for Waybill and its peers, one after the other: how fast they take them until they can be read,
 * what that costs, and how soon each answers the questions that all of them know.
 */

/** Rounds of about 52,000 spans. */
const rounds = Math.max(1, Math.round(Number(process.env['BENCH_SPANS'] ?? 411_648) / 51_456))
const connections = 4
const askedTimes = 60

type Figures = Record<string, number>

/** The input and when it happened. */
interface Load {
  readonly source: RequestSource
  readonly startUnixMs: number
  /** Every request, made before the clock starts. */
  readonly requests: readonly Request[]
}

async function measure(
  recipe: ServerRecipe,
  load: Load,
  connect: (server: RunningServer) => Connection,
): Promise<Figures> {
  const requests = load.requests.map(({ body, spans }) => ({ body: recipe.dialect.encode(body), spans }))
  const server = await startServer(recipe)
  try {
    const anonymous = watchAnonymous(server.pid)
    const before = processUsage(server.pid)
    const startMs = performance.now()
    const connected = Array.from({ length: connections }, () => connect(server))
    const { spans } = await sendAll(connected, requests)
    const acceptedMs = performance.now() - startMs
    await untilReadable(server, load.source.sampleOf(rounds - 1), spansPerTrace)
    const readableMs = performance.now() - startMs
    const after = processUsage(server.pid)
    const anonymousBytes = anonymous()
    const questions = await ask(server, load)
    // Closing writes what is still in memory, so that the disk holds all of it.
    await server.halt()
    return {
      acceptedPerSecond: (spans / acceptedMs) * 1000,
      readablePerSecond: (spans / readableMs) * 1000,
      cpuMicrosPerSpan: ((after.cpuMs - before.cpuMs) * 1000) / spans,
      ...(server.durable ? { bytesPerSpan: diskBytes(server.folder) / spans } : {}),
      peakRssMegabytes: after.peakRssBytes / 1e6,
      peakAnonymousMegabytes: anonymousBytes / 1e6,
      ...questions,
    }
  } finally {
    await server.stop()
  }
}

async function ask(server: RunningServer, { source, startUnixMs }: Load): Promise<Figures> {
  const questions = server.dialect.questions(server.queryUrl, {
    traceId: source.traceIdIn(rounds >> 1, source.traceIds[100] ?? ''),
    startUnixMs: startUnixMs - roundMs,
    endUnixMs: startUnixMs + (rounds + 2) * roundMs,
    tag: { service: 'shop', key: 'customer.tier', value: 'gold' },
  })
  const figures: Figures = {}
  for (const [name, url] of Object.entries(questions)) {
    // Each answer names the service, or is a trace that went through it: an empty one would be quick.
    const { body } = await get(url)
    if (!body.includes('billing')) throw new Error(`${server.name} answers ${name} with nothing`)
    await timeQuestion(url, 5)
    const times = await timeQuestion(url, askedTimes)
    figures[`${name}P50`] = quantile(times, 0.5)
    figures[`${name}P99`] = quantile(times, 0.99)
  }
  return figures
}

function failedPeer(name: string): (error: Error) => undefined {
  return error => {
    console.log(error.message)
    lost.push(`${name} failed: ${error.message.split('\n')[0]?.replace(/:$/, '')}`)
  }
}

const lost: string[] = []
const startUnixMs = Date.now() - (rounds + 1) * roundMs
const source = requestSource(startUnixMs)
const { servers, missing } = await serversFound(process.env)
const finishRecord = startRecord('ingest', {
  spans: rounds * source.spansPerRound,
  connections,
  'spans a request': 512,
})
const load: Load = { source, startUnixMs, requests: [...source.rounds(0, rounds)] }
const values: Record<string, Record<string, number>> = {}
const keep = (name: string, figures: Figures): void => {
  for (const [key, value] of Object.entries(figures)) values[key] = { ...values[key], [name]: value }
  console.log(`measured ${name}: ${figures['readablePerSecond']?.toFixed(0)} spans/s until readable`)
}
for (const recipe of servers) {
  if (recipe.dialect.takes !== waybill.dialect.takes)
    console.log(`${recipe.name} takes ${recipe.dialect.takes}`)
  const measured = measure(recipe, load, server => httpConnection(server.intakeUrl))
  // A peer that fails is missing; without Waybill there is nothing to measure.
  const figures = recipe === waybill ? await measured : await measured.catch(failedPeer(recipe.name))
  if (figures !== undefined) keep(recipe.name, figures)
}
const overGrpc = await measure(waybill, load, server => grpcConnection(server.grpcUrl ?? ''))
const { acceptedPerSecond, readablePerSecond, cpuMicrosPerSpan } = overGrpc
keep(`${waybill.name}, gRPC`, {
  acceptedPerSecond: acceptedPerSecond ?? Number.NaN,
  readablePerSecond: readablePerSecond ?? Number.NaN,
  cpuMicrosPerSpan: cpuMicrosPerSpan ?? Number.NaN,
})
const twoLoads: ServerRecipe = {
  ...waybill,
  async prepare(folder) {
    const prepared = await waybill.prepare(folder)
    return { ...prepared, env: { ...prepared.env, WAYBILL_STORE_LOADS: '2' } }
  },
}
const withTwo = await measure(twoLoads, load, server => httpConnection(server.intakeUrl))
keep(`${waybill.name}, 2 loads`, withTwo)
const overHttp = values['readablePerSecond']?.[waybill.name] ?? Number.NaN
values['grpcShare'] = { [waybill.name]: (readablePerSecond ?? Number.NaN) / overHttp }
finishBench('ingest', finishRecord(values, [...missing, ...lost]))
