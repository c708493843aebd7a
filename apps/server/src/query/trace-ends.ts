import type { LightSpan, MessageFacts, SpanId, TraceId } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import { makeBinder } from './compile-bind.ts'
import type { SpanAddress } from './span-reads.ts'
import { readSpansAt } from './span-reads.ts'
import { tupleSet } from './tuple-set.ts'

/** Spans of other traces that are read to explain one trace: enough for a batch of a thousand messages. */
const maxForeignSpans = 2000

/** A span of which it is known where it lies. */
export interface PlacedSpan extends SpanAddress {
  readonly service: string
  readonly startNano: string
  /** 1 where its partition is the day of its start. */
  readonly dated: number
}

/** A span that links into a trace. */
export interface Linker extends PlacedSpan {
  /** The span that it links to. */
  readonly to: SpanId
}

const placeColumns = `lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, service,
  toUnixTimestamp64Nano(start) AS startNano, dated`

/** Spans whose links point into the trace, from `links`, the earliest first. */
export function findLinkers(reader: Reader, traceId: TraceId): Promise<readonly Linker[]> {
  return reader.query<Linker>(
    `SELECT ${placeColumns}, lower(hex(linked_span_id)) AS to
FROM links
WHERE linked_trace_id = {trace:FixedString(16)} AND linked_span_id != toFixedString('', 8)
ORDER BY start
LIMIT ${maxForeignSpans}`,
    { trace: traceId },
  )
}

/** Spans of other traces that handled the same messages, by their coordinates: what heals a lost context. */
export async function findSharers(
  reader: Reader,
  traceId: TraceId,
  spans: readonly LightSpan[],
): Promise<readonly PlacedSpan[]> {
  const places = coordinatesOf(spans)
  if (places.length === 0) return []
  const { bind, parameters } = makeBinder()
  // An end that does not name its system may still be of the same message.
  const systems = [...new Set(['', ...places.map(({ system }) => system)])]
  const coordinates = tupleSet(
    places.map(({ destination, partition, offset }) => [destination, partition, offset]),
    ['text', 'text', 'offset'],
    bind,
  )
  return reader.query<PlacedSpan>(
    `SELECT DISTINCT ${placeColumns}
FROM messages
WHERE system IN ${bind(systems, 'Array(String)')}
  AND (destination, partition_id, message_offset) IN ${coordinates}
  AND trace_id != ${bind(traceId, 'FixedString(16)')}
LIMIT ${maxForeignSpans}`,
    parameters,
  )
}

/** Spans of which it is known where they lie, as far as their messages need them. */
export async function readPlaced(
  reader: Reader,
  placed: readonly PlacedSpan[],
): Promise<readonly LightSpan[]> {
  if (placed.length === 0) return []
  const bounds = placed.map(({ service, startNano, dated }) => ({
    services: [service],
    startNano,
    endNano: startNano,
    isDated: dated === 1,
  }))
  return readSpansAt(reader, placed, bounds)
}

/** SDKs record links without a context for the sake of their attributes. */
export function isZero(id: string): boolean {
  return /^0*$/.test(id)
}

interface Coordinates {
  readonly system: string
  readonly destination: string
  readonly partition: string
  readonly offset: string
}

/** The column of offsets holds 63 bits. */
const mostOffset = 2n ** 63n - 1n

/** The coordinates of the messages of spans, each once: their own, and those of links that have no context. */
function coordinatesOf(spans: readonly LightSpan[]): readonly Coordinates[] {
  const found = new Map<string, Coordinates>()
  const add = (facts: MessageFacts | undefined): void => {
    if (facts?.offset === undefined || facts.destination === '' || BigInt(facts.offset) > mostOffset) return
    const { system, destination, partition = '', offset } = facts
    const place = { system, destination, partition, offset }
    found.set(Object.values(place).join('\n'), place)
  }
  for (const { message, links } of spans) {
    if (found.size >= maxForeignSpans) break
    add(message)
    for (const link of links ?? []) if (isZero(link.traceId)) add(link.message)
  }
  return [...found.values()].slice(0, maxForeignSpans)
}
