import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Patches } from './load/patches.ts'
import { findPatches, patchRound, traceIdIn } from './load/patches.ts'
import type { GeneratedSpan } from './load/traces.ts'
import { firstOffset, generateTrace, services } from './load/traces.ts'
import { seededRandom } from './random.ts'

export const spansPerRequest = 512
/** Spans of each trace, but for those that link to it. */
export const spansPerTrace = 10
/** Traces of one round; later rounds are the same bytes with other ids, times and offsets. */
const tracesPerRound = 5120
const linksPerBatch = 20
export const roundMs = 60_000

/** One OTLP request as a client would send it, and a trace whose last span is in it. */
export interface Request {
  readonly body: Buffer
  readonly spans: number
}

export interface RequestSource {
  readonly spansPerRound: number
  /** Traces of a round, by the ids they have in round 0. */
  readonly traceIds: readonly string[]
  /** The id that a trace of round 0 has in another round. */
  traceIdIn(round: number, traceId: string): string
  /** The requests of a round, in the order they are sent: each of one service, with 512 spans. */
  round(round: number): Iterable<Request>
  /** The requests of the rounds from `first` up to, not including, `end`. */
  rounds(first: number, end: number): Iterable<Request>
  /** Some traces of a round, from its first to its last. */
  sampleOf(round: number): readonly string[]
}

/**
 * Kafka-shaped traces as OTLP requests (see traces.ts), about 52,000 spans a round, from a fixed seed. One
 * batch span of a sixth service, linked to twenty messages, comes with every twenty traces.
 *
 * @param startUnixMs the time of the first trace; a round covers a minute and rounds follow each other.
 */
export function requestSource(startUnixMs: number, seed = 42): RequestSource {
  const random = seededRandom(seed)
  const byService = new Map<string, GeneratedSpan[]>([...services, 'search'].map(name => [name, []]))
  const traceIds: string[] = []
  let linked: GeneratedSpan[] = []
  for (let i = 0; i < tracesPerRound; i++) {
    const spans = generateTrace(
      random,
      startUnixMs + Math.floor((i * roundMs) / tracesPerRound),
      firstOffset + i,
    )
    traceIds.push(String(spans[0]?.span['traceId']))
    for (const span of spans) byService.get(span.service)?.push(span)
    const sent = spans.find(span => span.span['name'] === 'send orders')
    if (sent !== undefined) linked.push(sent)
    if (linked.length === linksPerBatch) {
      byService.get('search')?.push(batchSpan(random.hex(32), random.hex(16), linked))
      linked = []
    }
  }
  const templates = [...byService].flatMap(([service, spans]) =>
    chunks(spans).map(chunk => template(service, chunk)),
  )
  const source: RequestSource = {
    spansPerRound: templates.reduce((sum, item) => sum + item.spans, 0),
    traceIds,
    traceIdIn,
    *round(round) {
      for (const { body, patches, spans } of templates) {
        const shiftNano = BigInt(round) * BigInt(roundMs) * 1_000_000n
        yield { body: patchRound(body, patches, round, shiftNano, round * tracesPerRound), spans }
      }
    },
    *rounds(first, end) {
      for (let round = first; round < end; round++) yield* source.round(round)
    },
    sampleOf: round =>
      [0, 0.25, 0.5, 0.75, 1].map(share =>
        source.traceIdIn(round, traceIds[Math.floor((traceIds.length - 1) * share)] ?? ''),
      ),
  }
  return source
}

function template(
  service: string,
  spans: readonly GeneratedSpan[],
): { readonly body: Buffer; readonly patches: Patches; readonly spans: number } {
  const attributes = Object.entries({
    'service.name': service,
    'service.instance.id': `${service}-1`,
    'host.name': `host-${service}`,
    'telemetry.sdk.language': 'nodejs',
  }).map(([key, value]) => ({ key, value: { stringValue: value } }))
  const body = Buffer.from(
    encodeTracesJson({
      resourceSpans: [
        {
          resource: { attributes },
          scopeSpans: [{ scope: { name: 'bench' }, spans: spans.map(item => item.span) }],
        },
      ],
    }),
  )
  return { body, patches: findPatches(body), spans: spans.length }
}

function batchSpan(traceId: string, spanId: string, producers: readonly GeneratedSpan[]): GeneratedSpan {
  const ends = producers.map(producer => BigInt(String(producer.span['endTimeUnixNano'])))
  const last = ends.reduce((a, b) => (a > b ? a : b))
  const attribute = (key: string, stringValue: string): unknown => ({ key, value: { stringValue } })
  return {
    service: 'search',
    span: {
      traceId,
      spanId,
      name: 'process orders',
      kind: 5,
      startTimeUnixNano: String(last + 50_000_000n),
      endTimeUnixNano: String(last + 90_000_000n),
      attributes: [
        attribute('messaging.system', 'kafka'),
        attribute('messaging.destination.name', 'orders'),
        attribute('messaging.operation.name', 'process'),
        attribute('messaging.operation.type', 'process'),
        attribute('messaging.consumer.group.name', 'search'),
        { key: 'messaging.batch.message_count', value: { intValue: String(producers.length) } },
      ],
      links: producers.map(producer => ({
        traceId: producer.span['traceId'],
        spanId: producer.span['spanId'],
        attributes: (producer.span['attributes'] as readonly { readonly key: string }[]).filter(item =>
          ['messaging.kafka.offset', 'messaging.destination.partition.id'].includes(item.key),
        ),
      })),
    },
  }
}

function chunks(spans: readonly GeneratedSpan[]): readonly (readonly GeneratedSpan[])[] {
  const found: (readonly GeneratedSpan[])[] = []
  for (let i = 0; i < spans.length; i += spansPerRequest) found.push(spans.slice(i, i + spansPerRequest))
  return found
}
