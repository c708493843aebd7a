import type { JourneyResponse, JourneyStop } from '@waybill/api'
import type { MessageSegment, Span } from '@waybill/model'
import { compareTimes, displayValue, findAttribute, lightSpan, tieMessages } from '@waybill/model'
import type { Parameters, Reader } from '../store/engine.ts'
import { idSet, makeBinder } from './compile/bind.ts'
import { readBounds } from './trace/bounds.ts'
import { addressKey, linkedSpanOf, readMessageSpans } from './trace/span-reads.ts'

/** Times one message was handled that are read; a message of a retry storm has more. */
const maxHandlings = 1000

/** What stands for a link where a handling has none. */
const noTrace = '0'.repeat(32)

/** A row of `messages`: one time that a span handled the message. */
interface Handling {
  readonly system: string
  readonly destination: string
  readonly trace: string
  readonly span: string
  readonly linkTrace: string
}

/**
 * The way of one message by its coordinates: who sent it, where it waited, who received and processed it, in
 * whichever traces.
 *
 * @param offset decimal text of a Kafka offset.
 * @returns undefined where no span that is stored handled the message.
 */
export async function getJourney(
  reader: Reader,
  system: string,
  destination: string,
  partition: string,
  offset: string,
): Promise<JourneyResponse | undefined> {
  if (!isOffset(offset)) return undefined
  const condition =
    'system = {system:String} AND destination = {destination:String} AND partition_id = {partition:String} ' +
    'AND message_offset = {offset:Int64}'
  return journeyOf(reader, condition, { system, destination, partition, offset })
}

/** Offsets are whole numbers from 0 in 63 bits; the column holds -1 for a message without one. */
function isOffset(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n
}

/** The way of one message by the id that its sender gave it. */
export async function getMessageJourney(
  reader: Reader,
  messageId: string,
): Promise<JourneyResponse | undefined> {
  // The column holds the empty text for every message without an id.
  return messageId === '' ? undefined : journeyOf(reader, 'message_id = {messageId:String}', { messageId })
}

async function journeyOf(
  reader: Reader,
  condition: string,
  parameters: Parameters,
): Promise<JourneyResponse | undefined> {
  const handlings = await reader.query<Handling>(
    `SELECT system, destination, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  lower(hex(link_trace_id)) AS linkTrace
FROM messages
WHERE ${condition}
ORDER BY start
LIMIT ${maxHandlings}`,
    parameters,
  )
  const [first] = handlings
  if (first === undefined) return undefined
  const traces = new Set(handlings.flatMap(handling => [handling.trace, handling.linkTrace]))
  traces.delete(noTrace)
  const [bounds, linking] = await Promise.all([
    readBounds(reader, [...traces]),
    linkingTraces(reader, handlings),
  ])
  const others = await readBounds(
    reader,
    linking.filter(trace => !traces.has(trace)),
  )
  const spans = await readMessageSpans(reader, [...bounds, ...others])
  const own = new Set(handlings.map(handling => handling.trace + handling.span))
  const segments = tieMessages(spans.map(lightSpan)).filter(
    segment => isOwn(own, segment.producer) || isOwn(own, segment.consumer),
  )
  return { system: first.system, destination: first.destination, stops: stopsOf(spans, own, segments) }
}

/** Traces whose spans link to a handling: consumers that did not say which message they had. */
async function linkingTraces(reader: Reader, handlings: readonly Handling[]): Promise<readonly string[]> {
  const { bind, parameters } = makeBinder()
  const ids = (bytes: 8 | 16, idOf: (handling: Handling) => string) =>
    idSet([...new Set(handlings.map(idOf))], bytes, bind)
  const rows = await reader.query<{ readonly trace: string; readonly linked: string }>(
    `SELECT DISTINCT lower(hex(trace_id)) AS trace, lower(hex(concat(linked_trace_id, linked_span_id))) AS linked
FROM links
PREWHERE linked_trace_id IN ${ids(16, handling => handling.trace)}
WHERE linked_span_id IN ${ids(8, handling => handling.span)}
LIMIT ${maxHandlings}`,
    parameters,
  )
  // Two spans may have one id in different traces
  const own = new Set(handlings.map(handling => handling.trace + handling.span))
  return [...new Set(rows.flatMap(({ trace, linked }) => (own.has(linked) ? [trace] : [])))]
}

function isOwn(own: ReadonlySet<string>, end: MessageSegment['producer']): boolean {
  return own.has(addressKey(end))
}

/**
 * The stops in the order of their times: the handlings of the message themselves, and what a tie adds to
 * them. A batch span is tied to many messages, of which only this one's tie is told.
 */
function stopsOf(
  spans: readonly Span[],
  own: ReadonlySet<string>,
  segments: readonly MessageSegment[],
): readonly JourneyStop[] {
  const arrivals = new Map(segments.map(segment => [addressKey(segment.consumer), segment]))
  const departures = new Set(segments.map(segment => addressKey(segment.producer)))
  const stops: (JourneyStop & { readonly at: string })[] = []
  for (const span of spans) {
    const key = addressKey(span)
    const message = lightSpan(span).message
    const arrival = arrivals.get(key)
    if (message === undefined || !(own.has(key) || departures.has(key) || arrival !== undefined)) continue
    stops.push({
      at: span.startTimeUnixNano,
      operation: message.operation,
      facts: arrival?.facts ?? message,
      span: linkedSpanOf(span),
      error: span.status.code === 'error',
      errorMessage: errorMessageOf(span),
      ...(arrival !== undefined && { tie: arrival.tie, waitedNano: arrival.waitedNano }),
    })
  }
  return stops.sort((a, b) => compareTimes(a.at, b.at)).map(({ at: _, ...stop }) => stop)
}

/** What went wrong in a span: its recorded exception, or the message of its status. */
function errorMessageOf(span: Span): string {
  const exception = span.events.find(event => event.name === 'exception')
  const message = exception && findAttribute(exception.attributes, 'exception.message')
  return message === undefined ? span.status.message : displayValue(message)
}
