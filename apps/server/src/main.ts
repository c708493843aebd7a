import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { every } from '@waybill/query-language'
import type { FastifyInstance } from 'fastify'
import type { SpanCounter } from './accept/accept.ts'
import { createAccept } from './accept/accept.ts'
import { ExaminingThread } from './accept/examining-thread.ts'
import { loadsAtOnce } from './config/loads.ts'
import type { Config } from './config.ts'
import { startHealth } from './health.ts'
import type { Listening } from './listen.ts'
import type { Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { countSpans, getOperations, getServices } from './query/catalog.ts'
import { getCompletions } from './query/complete/complete.ts'
import type { Asked } from './query/cost.ts'
import { getFacets } from './query/counts/facets.ts'
import { getFlow } from './query/counts/flow.ts'
import { getHistogram } from './query/counts/histogram.ts'
import { getRed } from './query/counts/red.ts'
import { getServiceMetrics } from './query/counts/service-metrics.ts'
import { getWaits } from './query/counts/waits.ts'
import { getDependencies } from './query/dependencies/dependencies.ts'
import { explainQuestion } from './query/explain.ts'
import { getJourney, getMessageJourney } from './query/journey.ts'
import { getAttributeKeys, getAttributeValues, getPeers } from './query/known-attributes.ts'
import { findMessages } from './query/search/messages.ts'
import { findTraceIds, findTraces } from './query/search/search.ts'
import { findSpans } from './query/search/spans.ts'
import { readOutline } from './query/trace/outline.ts'
import { openSpans } from './query/trace/span-slices.ts'
import { openTrace } from './query/trace/trace.ts'
import { getTraces } from './query/trace/traces-by-id.ts'
import { originCheck } from './receive/cors.ts'
import { otlpRoutes } from './receive/otlp-routes.ts'
import { startReceivers } from './receive/start.ts'
import { zipkinGrpc } from './receive/zipkin-grpc.ts'
import { zipkinReceiver } from './receive/zipkin-http.ts'
import { retentionReport } from './retention-report.ts'
import { startSampling } from './sampling/start.ts'
import { startQueryGrpc } from './serve/grpc/start.ts'
import type { Queries } from './serve/queries.ts'
import { startHttp } from './serve/start.ts'
import { zipkinRoutes } from './serve/zipkin/routes.ts'
import { lockDataFolder } from './spool/lock.ts'
import type { Spool } from './spool/spool.ts'
import { openSpool } from './spool/spool.ts'
import { spoolReport } from './spool-report.ts'
import type { Archive } from './store/archive/archive.ts'
import { openArchive } from './store/archive/archive.ts'
import { largestSegment } from './store/chdb/config.ts'
import type { Engine, Reader } from './store/engine.ts'
import { openStore } from './store/open.ts'
import type { RetentionLimits } from './store/retention/plan.ts'
import { Retention } from './store/retention/retention.ts'
import { startZipkinPort } from './zipkin-port.ts'

/** A server that runs. */
export interface Waybill {
  /** The web UI and the API. */
  readonly web: Listening
  readonly receivers: readonly Listening[]
  /** Where clients ask which traces to keep, and Jaeger's query API over gRPC. */
  readonly beside: readonly Listening[]
  readonly health: Listening
  /** Stops in the reverse order of the start: takes nothing new, loads what it has, lets go of the data. */
  close(): Promise<void>
}

/** Where the web's build lies. */
const webFolder = fileURLToPath(new URL('../../web/dist', import.meta.url))
/** A question waits this long for what was acknowledged before it, and less while the store cannot keep up. */
const patienceMs = 2_000
const patienceBehindMs = 100

/**
 * Starts the stages of a span's way one after the other: store, spool, receivers; then what answers questions.
 *
 * @throws StartupError for what the person who starts it can change; nothing is left running then.
 */
export async function startWaybill(config: Config, log: Logger, version: string): Promise<Waybill> {
  const stages = new AsyncDisposableStack()
  try {
    const data = resolve(config.data)
    const lock = lockDataFolder(data)
    stages.defer(lock.release)
    const metrics = createMetrics()
    const { host, http } = config
    const health = await startHealth({ host, port: config.health.port }, metrics.registry)
    stages.defer(health.close)
    const fsync = config.spool.durability === 'fsync'
    const concurrentLoads = loadsAtOnce(config.store, availableParallelism())
    const store = await openStore({
      dataDir: join(data, 'store'),
      limits: { memoryBytes: config.store.memory, concurrentLoads },
      fsync,
    })
    stages.defer(store.close)
    const archive = await openArchive(store)
    const limits = retentionLimits(config)
    const observer = retentionReport(metrics.retention, log, limits)
    const retention = new Retention({ engine: store, archive, limits, observer })
    stages.defer(() => retention.close())
    retention.start()
    const spool = await openSpool({
      ...config.spool,
      ...segmentLimits(config, concurrentLoads),
      concurrentLoads,
      dir: join(data, 'spool'),
      quarantineDir: join(data, 'quarantine'),
      observer: spoolReport(metrics.spool, log),
      load: store.load,
    })
    stages.defer(() => spool.close())
    metrics.watchSpool(spool)
    const sampling = await startSampling(config, log)
    stages.defer(sampling.close)
    const beside = [...sampling.listening]
    const { maxSpanBytes } = config.receive
    const thread = new ExaminingThread()
    stages.defer(() => thread.close())
    const acceptWith = (counter: SpanCounter) => createAccept({ spool, counter, maxSpanBytes, thread })
    const receivers: Listening[] = []
    const startReceiver = (receiver: Listening): void => {
      stages.defer(receiver.close)
      receivers.push(receiver)
    }
    await startReceivers(
      { config, log, counterOf: metrics.receiver, acceptWith, collectorServices: [sampling.service] },
      startReceiver,
    )
    const queries = createQueries(store, archive, spool, version, () => [...receivers, ...beside])
    const named = { name: 'http', purpose: 'the web UI and the API', setting: 'http.port' }
    const plugins: ((app: FastifyInstance) => void)[] = []
    if (config.otlpHttp.enabled) {
      const counter = metrics.receiver('otlp-http')
      const receiving = { ...named, ...config.receive, accept: acceptWith(counter), counter, log }
      plugins.push(app => otlpRoutes(app, receiving))
    }
    const web = await startHttp({ ...http, ...named, host, queries, log, webFolder, plugins })
    stages.defer(web.close)
    if (config.zipkin.enabled) {
      const named = { name: 'zipkin', purpose: "Zipkin's spans and questions", setting: 'zipkin.port' }
      const counter = metrics.receiver(named.name)
      const receiving = { ...named, ...config.receive, accept: acceptWith(counter), counter, log }
      const allowsOrigin = originCheck(config.receive.corsOrigins)
      const checkStore = () => store.query('SELECT 1')
      const asking = { queries, log, now: Date.now, version, checkStore, allowsOrigin, webUrl: web.url }
      const plugins = [
        (app: FastifyInstance) => zipkinReceiver(app, receiving),
        (app: FastifyInstance) => zipkinRoutes(app, asking),
      ]
      const http2 = zipkinGrpc(receiving)
      startReceiver(await startZipkinPort({ ...named, host, port: config.zipkin.port, plugins, http2 }))
    }
    if (config.queryGrpc.enabled) {
      const named = { name: 'query-grpc', purpose: "Jaeger's query API over gRPC", setting: 'queryGrpc.port' }
      const { maxClockSkew } = http
      const at = { ...named, host, port: config.queryGrpc.port }
      const queryGrpc = await startQueryGrpc({ queries, log, maxClockSkew }, at)
      stages.defer(queryGrpc.close)
      beside.push(queryGrpc)
    }
    stages.defer(() => health.setAvailable(false))
    health.setAvailable(true)
    return { web, receivers, beside, health, close: () => stages.disposeAsync() }
  } catch (error) {
    await stages.disposeAsync()
    throw error
  }
}

function retentionLimits({ retention: { traces, rollups, disk } }: Config): RetentionLimits {
  return { tracesMs: traces, rollupsMs: rollups, diskBytes: disk }
}

/** Segments as large as the settings say, unless the store has too little memory to load them at once. */
function segmentLimits(
  { spool, store }: Config,
  concurrentLoads: number,
): Pick<Config['spool'], 'segmentBytes' | 'segmentSpans'> {
  const { bytes, spans } = largestSegment({ memoryBytes: store.memory, concurrentLoads })
  return {
    segmentBytes: Math.min(spool.segmentBytes, bytes),
    segmentSpans: Math.min(spool.segmentSpans, spans),
  }
}

/** The questions of the API, each asked of a store that has what was acknowledged before. */
function createQueries(
  store: Engine,
  archive: Archive,
  spool: Spool,
  version: string,
  listening: () => readonly Listening[],
): Queries {
  const startedUnixMs = Date.now()
  const fresh = async (): Promise<Engine> => {
    await spool.settled(spool.isBehind ? patienceBehindMs : patienceMs)
    return store
  }
  const explain = <Request extends Asked>(
    question: (reader: Reader, request: Request) => Promise<unknown>,
    request: Request,
  ) => explainQuestion(store, reader => question(reader, request), request)
  return {
    status: async () => ({
      version,
      startedUnixMs,
      receivers: listening().map(({ name, url }) => ({ name, address: url })),
      spansStored: await countSpans(await fresh()),
    }),
    services: async () => getServices(await fresh()),
    operations: async (service, kind) => getOperations(await fresh(), service, kind),
    searchTraces: async request => findTraces(await fresh(), request),
    searchSpans: async request => findSpans(await fresh(), request),
    searchMessages: async request => findMessages(await fresh(), request),
    explain: {
      traces: request => explain(findTraces, request),
      spans: request => explain(findSpans, request),
      messages: request => explain(findMessages, request),
      histogram: request => explain(getHistogram, request),
      facets: request => explain(getFacets, request),
      red: request => explain(getRed, { query: every, ...request }),
      flow: request => explain(getFlow, { query: every, ...request }),
      waits: request => explain(getWaits, { query: every, ...request }),
      dependencies: request => explain(getDependencies, { query: every, ...request }),
    },
    findTraceIds: async request => findTraceIds(await fresh(), request),
    histogram: async request => getHistogram(await fresh(), request),
    facets: async request => getFacets(await fresh(), request),
    red: async request => getRed(await fresh(), request),
    serviceMetrics: async request => getServiceMetrics(await fresh(), request),
    flow: async request => getFlow(await fresh(), request),
    waits: async request => getWaits(await fresh(), request),
    dependencies: async request => getDependencies(await fresh(), request),
    attributeKeys: async () => getAttributeKeys(await fresh()),
    attributeValues: async key => getAttributeValues(await fresh(), key),
    peers: async service => getPeers(await fresh(), service),
    complete: (text, at, range) => getCompletions(store, text, at, range),
    trace: async traceId => {
      await fresh()
      return openTrace(archive.readerOf(traceId), traceId)
    },
    spansOfTrace: async traceId => {
      await fresh()
      return openSpans(archive.readerOf(traceId), traceId)
    },
    spansOfTraces: async traceIds => {
      await fresh()
      const places = [...Map.groupBy(traceIds, archive.readerOf)]
      const found = await Promise.all(places.map(([reader, ids]) => getTraces(reader, ids)))
      return new Map(found.flatMap(traces => [...traces]))
    },
    outlineOfTrace: async traceId => {
      await fresh()
      return readOutline(archive.readerOf(traceId), traceId)
    },
    journey: async (...coordinates) => getJourney(await fresh(), ...coordinates),
    messageJourney: async messageId => getMessageJourney(await fresh(), messageId),
    pins: {
      list: async () => ({ pins: await archive.list() }),
      pin: async traceId => {
        await fresh()
        return archive.pin(traceId)
      },
      unpin: archive.unpin,
    },
  }
}
