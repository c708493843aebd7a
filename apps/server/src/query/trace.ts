import type { LinkedSpan, TraceResponse } from '@waybill/api'
import type { Span, SpanId, Trace, TraceId } from '@waybill/model'
import { messageFactsOf, messageSegments } from '@waybill/model'
import type { Parameters, Reader } from '../store/engine.ts'
import type { SpanAddress } from './span-reads.ts'
import { addressKey, getSpans, linkedSpanOf, readSpansAt } from './span-reads.ts'

/** Spans of other traces that are read to explain one trace: enough for a batch of a thousand messages. */
const maxForeignSpans = 2000

/**
 * All of a trace: its spans, its messages with the time they waited, and the other ends of its links in both
 * directions.
 *
 * @returns undefined where nothing of the trace is stored.
 */
export async function getTrace(reader: Reader, traceId: TraceId): Promise<TraceResponse | undefined> {
  const trace = await getSpans(reader, traceId)
  if (trace === undefined) return undefined
  const [linkers, sharers] = await Promise.all([findLinkers(reader, traceId), findSharers(reader, trace)])
  const targets = trace.spans.flatMap(span => span.links.filter(link => link.traceId !== traceId))
  const foreign = await readSpansAt(reader, [...targets, ...linkers, ...sharers])
  const known = new Map([...trace.spans, ...foreign].map(span => [addressKey(span), span]))
  return {
    trace,
    messages: messageSegments(trace, foreign),
    linksTo: linkedSpans(
      trace.spans.flatMap(span => span.links),
      known,
    ),
    linksFrom: linkers.flatMap(linker => {
      const span = known.get(addressKey(linker))
      return span === undefined ? [] : [{ ...linkedSpanOf(span), to: linker.to }]
    }),
  }
}

/** Spans whose links point into the trace, from `links`. */
async function findLinkers(
  reader: Reader,
  traceId: TraceId,
): Promise<readonly (SpanAddress & { readonly to: SpanId })[]> {
  return reader.query(
    `SELECT lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, lower(hex(linked_span_id)) AS to
FROM links
WHERE linked_trace_id = unhex({trace:String})
ORDER BY start
LIMIT {limit:UInt32}`,
    { trace: traceId, limit: maxForeignSpans },
  )
}

/** Spans of other traces that handled the same messages, by their coordinates: what heals a lost context. */
async function findSharers(reader: Reader, trace: Trace): Promise<readonly SpanAddress[]> {
  const coordinates = new Map<string, readonly [string, string, string]>()
  for (const span of trace.spans) {
    const facts = messageFactsOf(span)
    if (facts?.partition === undefined || facts.offset === undefined || facts.destination === '') continue
    const place = [facts.destination, facts.partition, facts.offset] as const
    coordinates.set(place.join('\n'), place)
    if (coordinates.size === maxForeignSpans) break
  }
  if (coordinates.size === 0) return []
  const places = [...coordinates.values()]
  const parameters: Parameters = {
    trace: trace.traceId,
    destinations: places.map(place => place[0]),
    partitions: places.map(place => place[1]),
    offsets: places.map(place => place[2]),
    limit: maxForeignSpans,
  }
  return reader.query(
    `SELECT DISTINCT lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId
FROM messages
WHERE (destination, partition_id, message_offset) IN (
    SELECT arrayJoin(arrayZip({destinations:Array(String)}, {partitions:Array(String)}, arrayMap(offset -> toInt64(offset), {offsets:Array(String)})))
  )
  AND destination IN {destinations:Array(String)} AND trace_id != unhex({trace:String})
LIMIT {limit:UInt32}`,
    parameters,
  )
}

function linkedSpans(
  addresses: readonly SpanAddress[],
  known: ReadonlyMap<string, Span>,
): readonly LinkedSpan[] {
  const found = new Map<string, LinkedSpan>()
  for (const address of addresses) {
    const span = known.get(addressKey(address))
    if (span !== undefined) found.set(addressKey(address), linkedSpanOf(span))
  }
  return [...found.values()]
}
