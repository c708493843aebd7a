import type { LinkedSpan, TraceResponse } from '@waybill/api'
import type { Span, SpanId, Trace, TraceId } from '@waybill/model'
import { elapsedNano, messageFactsOf, messageSegments } from '@waybill/model'
import type { Parameters, Reader } from '../store/engine.ts'
import type { SpanRecord } from './stored-spans.ts'
import { makeNumbering, readResources, readScopes, readSpan, spanColumns } from './stored-spans.ts'

/** Spans of other traces that are read to explain one trace: enough for a batch of a thousand messages. */
const maxForeignSpans = 2000

/** A span by its place: trace and id. */
interface SpanAddress {
  readonly traceId: string
  readonly spanId: string
}

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
  const foreign = await readForeign(reader, [...targets, ...linkers, ...sharers])
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
      return span === undefined ? [] : [{ ...linkedSpan(span), to: linker.to }]
    }),
  }
}

/** The spans alone, in the order they started, with their resources and scopes. */
export async function getSpans(reader: Reader, traceId: TraceId): Promise<Trace | undefined> {
  const resources = makeNumbering()
  const scopes = makeNumbering()
  const spans: Span[] = []
  const rows = reader.stream<SpanRecord>(
    `SELECT ${spanColumns}
FROM spans
WHERE ${withinTraces} AND trace_id = unhex({trace:String})
ORDER BY start, span_id`,
    { traces: [traceId], trace: traceId },
  )
  for await (const row of rows) spans.push(readSpan(row, resources, scopes))
  if (spans.length === 0) return undefined
  return {
    traceId,
    resources: await readResources(reader, resources.ids),
    scopes: await readScopes(reader, scopes.ids),
    spans,
  }
}

/**
 * Bounds a scan of `spans` to what the traces can have: `traces` knows the services and times of each, and
 * these are the table's sorting key. `{traces:Array(String)}` are trace ids in hex.
 */
const withinTraces = `service IN (
    SELECT arrayJoin(services) FROM traces WHERE trace_id IN (SELECT arrayJoin(arrayMap(id -> toFixedString(unhex(id), 16), {traces:Array(String)})))
  )
  AND start >= (SELECT min(start) FROM traces WHERE trace_id IN (SELECT arrayJoin(arrayMap(id -> toFixedString(unhex(id), 16), {traces:Array(String)}))))
  AND start <= (SELECT max(greatest(start, end)) FROM traces WHERE trace_id IN (SELECT arrayJoin(arrayMap(id -> toFixedString(unhex(id), 16), {traces:Array(String)}))))`

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

/** Spans by their addresses, as many as explain a trace; the rest would not be looked at. */
async function readForeign(reader: Reader, addresses: readonly SpanAddress[]): Promise<readonly Span[]> {
  const wanted = new Map(addresses.map(address => [addressKey(address), address]))
  if (wanted.size === 0) return []
  const list = [...wanted.values()].slice(0, maxForeignSpans)
  const rows = await reader.query<SpanRecord>(
    `SELECT ${spanColumns}
FROM spans
WHERE ${withinTraces}
  AND (trace_id, span_id) IN (
    SELECT arrayJoin(arrayMap((trace, span) -> (toFixedString(unhex(trace), 16), toFixedString(unhex(span), 8)),
      {traces:Array(String)}, {spans:Array(String)}))
  )
LIMIT {limit:UInt32}`,
    { traces: list.map(item => item.traceId), spans: list.map(item => item.spanId), limit: maxForeignSpans },
  )
  const ignored = makeNumbering()
  return rows.map(row => readSpan(row, ignored, ignored))
}

function linkedSpans(
  addresses: readonly SpanAddress[],
  known: ReadonlyMap<string, Span>,
): readonly LinkedSpan[] {
  const found = new Map<string, LinkedSpan>()
  for (const address of addresses) {
    const span = known.get(addressKey(address))
    if (span !== undefined) found.set(addressKey(address), linkedSpan(span))
  }
  return [...found.values()]
}

function linkedSpan(span: Span): LinkedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    service: span.service,
    name: span.name,
    startUnixNano: span.startTimeUnixNano,
    durationNano: elapsedNano(span.startTimeUnixNano, span.endTimeUnixNano),
  }
}

function addressKey(address: SpanAddress): string {
  return address.traceId + address.spanId
}
