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
import type { Span } from '@waybill/model'
import { plainValue } from '@waybill/model'

/** A Waybill of the tests' own, with an empty store, and what it is asked. */
export interface TestWaybill {
  readonly url: string
  readonly otlpUrl: string
  traces(q: string): Promise<readonly TraceSummary[]>
  spans(q: string): Promise<readonly SpanHit[]>
  messages(q: string): Promise<readonly MessageHit[]>
  /** The trace, once it has at least that many spans. */
  trace(traceId: string, spans: number): Promise<TraceResponse>
  /** The way of a message in Kafka, once it has at least that many stops. */
  journey(destination: string, partition: string, offset: string, stops: number): Promise<JourneyResponse>
  /** The answer at a path of the API, once it is as wanted. */
  answer<Answer>(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer>
  stop(): Promise<void>
}

const startMs = 60_000
const askMs = 90_000

export async function startWaybill(): Promise<TestWaybill> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orders-waybill-'))
  const program = fileURLToPath(new URL('../../../../apps/server/bin/waybill.js', import.meta.url))
  const running = runGuarded({
    command: process.execPath,
    args: [program, 'serve'],
    env: { WAYBILL_DATA: dataDir, WAYBILL_LOG_LEVEL: 'warn', WAYBILL_PORTS: 'free' },
    graceMs: 10_000,
  })
  const lines = (await untilLine(running, /^ready\s/, startMs)).join('\n')
  const address = (name: string): string => new RegExp(`^${name} +(\\S+?)/?$`, 'm').exec(lines)?.[1] ?? ''
  const url = address('ready')

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
    answer,
    traces: async q => (await answer<TraceSearchResponse>(search(apiPaths.traces, q), always)).traces,
    spans: async q => (await answer<SpanSearchResponse>(search(apiPaths.spans, q), always)).spans,
    messages: async q => (await answer<MessageSearchResponse>(search(apiPaths.messages, q), always)).messages,
    trace: (traceId, spans) =>
      answer<TraceResponse>(apiPaths.trace(traceId), ({ trace }) => trace.spans.length >= spans),
    journey: (destination, partition, offset, stops) =>
      answer<JourneyResponse>(
        apiPaths.journey('kafka', destination, partition, offset),
        journey => journey.stops.length >= stops,
      ),
    async stop() {
      await running.end()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/**
 * A trace as a tree of lines: `order-service POST /orders`, children indented, in the order they started. A span
 * whose parent is not stored stands at the left, after `…`.
 */
export function outline({ trace }: TraceResponse): readonly string[] {
  const stored = new Set<string>(trace.spans.map(({ spanId }) => spanId))
  const below = (spans: readonly Span[], indent: string): readonly string[] =>
    spans.flatMap(span => [
      `${indent}${span.service} ${span.name}`,
      ...below(
        trace.spans.filter(({ parentSpanId }) => parentSpanId === span.spanId),
        `${indent.replace('… ', '')}  `,
      ),
    ])
  return [
    ...below(
      trace.spans.filter(({ parentSpanId }) => parentSpanId === ''),
      '',
    ),
    ...below(
      trace.spans.filter(({ parentSpanId }) => parentSpanId !== '' && !stored.has(parentSpanId)),
      '… ',
    ),
  ]
}

/** The only span of that name. */
export function spanNamed({ trace }: TraceResponse, name: string): Span {
  const [span, ...more] = trace.spans.filter(span => span.name === name)
  if (span === undefined || more.length > 0) throw new Error(`There are ${more.length} more of ${name}`)
  return span
}

/** Attributes of a span or a resource as plain values. */
export function attributesOf(span: Pick<Span, 'attributes'>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(span.attributes.map(({ key, value }) => [key, plainValue(value)]))
}
