import type { LinkedSpan } from '@waybill/api'
import type { LightSpan, MessageFacts, SpanId, TraceId } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { makeBinder } from '../compile/bind.ts'
import type { Coordinates } from '../compile/coordinates.ts'
import { atCoordinates, coordinatesKey } from '../compile/coordinates.ts'
import type { HandlingRow } from './stored-handlings.ts'
import { handlingColumns, spansOfHandlings } from './stored-handlings.ts'

/** Spans of other traces that are read to explain one trace: enough for a batch of a thousand messages. */
const maxForeignSpans = 2000
/** Links that are read to find the earliest; to let the engine sort takes longer than all the rest. */
const maxLinks = 20_000

/** A span that links into a trace. */
export interface Linker extends LinkedSpan {
  /** The span that it links to. */
  readonly to: SpanId
  /** Whether its partition is the day of its start. */
  readonly isDated: boolean
}

interface LinkerRow {
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly service: string
  readonly name: string
  readonly start_nano: string
  readonly duration: string
  readonly dated: number
  readonly to: SpanId
}

/** Spans whose links point into the trace, from `links`, the earliest first. */
export async function findLinkers(reader: Reader, traceId: TraceId): Promise<readonly Linker[]> {
  const rows = await reader.query<LinkerRow>(
    `SELECT lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, service, name,
  toUnixTimestamp64Nano(start) AS start_nano, duration, dated, lower(hex(linked_span_id)) AS to
FROM links
PREWHERE linked_trace_id = {trace:FixedString(16)}
LIMIT ${maxLinks}`,
    { trace: traceId },
  )
  return rows
    .filter(({ to }) => !isZero(to))
    .map(({ traceId, spanId, service, name, start_nano, duration, dated, to }) => ({
      traceId,
      spanId,
      service,
      name,
      startUnixNano: String(BigInt.asUintN(64, BigInt(start_nano))),
      durationNano: Number(duration),
      isDated: dated === 1,
      to,
    }))
    .sort((a, b) => compareTimes(a.startUnixNano, b.startUnixNano))
    .slice(0, maxForeignSpans)
}

/**
 * Spans of other traces that handled the same messages, by their coordinates: what heals a lost context, and
 * spares to read the spans that links name.
 */
export async function findHandlers(
  reader: Reader,
  traceId: TraceId,
  spans: readonly LightSpan[],
): Promise<readonly LightSpan[]> {
  const places = coordinatesOf(spans)
  if (places.length === 0) return []
  const { bind, parameters } = makeBinder()
  // An end that does not name its system may still be of the same message.
  const systems = [...new Set(['', ...places.map(({ system }) => system)])]
  // Up to half of what is read may lie at other coordinates
  const rows = await reader.query<HandlingRow>(
    `SELECT ${handlingColumns}
FROM messages
WHERE system IN ${bind(systems, 'Array(String)')}
  AND ${atCoordinates(places, bind)}
  AND trace_id != ${bind(traceId, 'FixedString(16)')}
LIMIT ${2 * maxForeignSpans}`,
    parameters,
  )
  const wanted = new Set(places.map(coordinatesKey))
  const own = rows.filter(row =>
    wanted.has(
      coordinatesKey({
        destination: row.destination,
        partition: row.partition_id,
        offset: row.message_offset,
      }),
    ),
  )
  return spansOfHandlings(own.slice(0, maxForeignSpans))
}

/** SDKs record links without a context for the sake of their attributes. */
export function isZero(id: string): boolean {
  return /^0*$/.test(id)
}

/** The system is '' where a span does not name it. */
type Place = Coordinates & { readonly system: string }

/** The column of offsets holds 63 bits. */
const mostOffset = 2n ** 63n - 1n

/** The coordinates of the messages of spans, each once: their own, and those of links that have no context. */
function coordinatesOf(spans: readonly LightSpan[]): readonly Place[] {
  const found = new Map<string, Place>()
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
