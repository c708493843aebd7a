import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type {
  JourneyResponse,
  MessageHit,
  MessageSearchResponse,
  SpanHit,
  SpanSearchResponse,
  TraceResponse,
  TraceSearchResponse,
  TraceSummary,
} from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { runGuarded, untilLine } from '@waybill/brokers'

/** A Waybill of the tests' own, with an empty store, and what it is asked. */
export interface TestWaybill {
  readonly url: string
  readonly otlpUrl: string
  readonly zipkinUrl: string
  /** Jaeger's thrift over HTTP. */
  readonly jaegerUrl: string
  /** Where Jaeger's agent would take compact thrift by UDP. */
  readonly jaegerAgent: { readonly host: string; readonly port: string }
  traces(q: string): Promise<readonly TraceSummary[]>
  spans(q: string): Promise<readonly SpanHit[]>
  messages(q: string): Promise<readonly MessageHit[]>
  /** The trace, once it has at least that many spans. */
  trace(traceId: string, spans: number): Promise<TraceResponse>
  /** Ids of the traces that a query finds, once there are at least that many. */
  find(q: string, traces: number): Promise<readonly string[]>
  /** The way of a message in Kafka, once it has at least that many stops. */
  journey(destination: string, partition: string, offset: string, stops: number): Promise<JourneyResponse>
  /** The answer at a path of the server, once it is as wanted. */
  answer<Answer>(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer>
  stop(): Promise<void>
}

const startMs = 60_000
const askMs = 90_000

/** Starts a Waybill on free ports. Throws, with what it printed, where it does not start within a minute. */
export async function startWaybill(): Promise<TestWaybill> {
  const dataDir = await mkdtemp(join(tmpdir(), 'waybill-example-'))
  const program = fileURLToPath(new URL('../../../apps/server/bin/waybill.js', import.meta.url))
  const running = runGuarded({
    command: process.execPath,
    args: [program, 'serve'],
    env: { WAYBILL_DATA: dataDir, WAYBILL_LOG_LEVEL: 'warn', WAYBILL_PORTS: 'free' },
    graceMs: 10_000,
  })
  const stop = async (): Promise<void> => {
    await running.end()
    await rm(dataDir, { recursive: true, force: true })
  }
  const greeting = await untilLine(running, /^ready\s/, startMs).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const lines = greeting.join('\n')
  const address = (name: string): string => new RegExp(`^${name} +(\\S+?)/?$`, 'm').exec(lines)?.[1] ?? ''
  const url = address('ready')
  const agent = new URL(address('jaeger-compact'))

  /** Asks until the answer is as wanted. Throws, with the last answer, when it does not come to that. */
  async function answer<Answer>(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer> {
    const end = performance.now() + askMs
    for (;;) {
      const response = await fetch(`${url}${path}`)
      const found = (await response.json()) as Answer
      if (response.ok && isWanted(found)) return found
      if (performance.now() > end) throw new Error(`${path} answers ${JSON.stringify(found).slice(0, 2000)}`)
      await delay(100)
    }
  }

  const search = (path: string, q: string): string =>
    `${path}?${new URLSearchParams({ q, last: '1h', limit: '1000' })}`
  const always = (): boolean => true
  return {
    url,
    otlpUrl: address('otlp-http'),
    zipkinUrl: address('zipkin'),
    jaegerUrl: address('jaeger-http'),
    jaegerAgent: { host: agent.hostname, port: agent.port },
    answer,
    traces: async q => (await answer<TraceSearchResponse>(search(apiPaths.traces, q), always)).traces,
    spans: async q => (await answer<SpanSearchResponse>(search(apiPaths.spans, q), always)).spans,
    messages: async q => (await answer<MessageSearchResponse>(search(apiPaths.messages, q), always)).messages,
    trace: (traceId, spans) =>
      answer<TraceResponse>(apiPaths.trace(traceId), ({ trace }) => trace.spans.length >= spans),
    async find(q, wanted) {
      const { traces } = await answer<TraceSearchResponse>(
        search(apiPaths.traces, q),
        found => found.traces.length >= wanted,
      )
      return traces.map(({ traceId }) => traceId)
    },
    journey: (destination, partition, offset, stops) =>
      answer<JourneyResponse>(
        apiPaths.journey('kafka', destination, partition, offset),
        journey => journey.stops.length >= stops,
      ),
    stop,
  }
}
