import type { AnyValue, Attributes, SpanEvent, SpanLink } from '@waybill/model'
import { parseSpanId, parseTraceId, plainValue } from '@waybill/model'
import { encodeMessage } from '../otlp/json.ts'
import { event, link, maxValueDepth } from '../otlp/schema.ts'
import type { ZipkinAnnotation } from './span.ts'
import type { Text } from './text.ts'

/*
 * What Zipkin's model has no room for, packed into text as the OpenTelemetry Collector's zipkin exporter does:
 *
 *     annotation = name | name "|" attributes "|" dropped attributes
 *     tag otlp.link.<n> = trace id "|" span id "|" trace state "|" attributes "|" dropped attributes
 *
 * with the attributes as a JSON object.
 */

/** An event as an annotation. */
export function annotationOf(spanEvent: SpanEvent): ZipkinAnnotation {
  const { name, attributes, droppedAttributesCount, timeUnixNano } = spanEvent
  const plain = attributes.length === 0 && droppedAttributesCount === 0
  return {
    timestamp: Number(BigInt(timeUnixNano) / 1000n),
    value: plain ? name : `${name}|${jsonOf(attributes)}|${droppedAttributesCount}`,
  }
}

/** The value of the tag that stands for a link. */
export function linkTag({
  traceId,
  spanId,
  traceState,
  attributes,
  droppedAttributesCount,
}: SpanLink): string {
  return [traceId, spanId, traceState, jsonOf(attributes), droppedAttributesCount].join('|')
}

/** Whether the value of an annotation ends as one does into which attributes are packed: `}|0`. */
export function mayBePacked({ bytes, start, end }: Text): boolean {
  let position = end - 1
  while (position > start && isDigit(bytes[position])) position--
  return position < end - 1 && bytes[position] === 0x7c && bytes[position - 1] === 0x7d
}

/** The bytes of an Event, without its time, that is packed into an annotation; undefined where none is. */
export function packedEvent(value: string): Uint8Array | undefined {
  const parts = /^([^|]*)\|(\{.*\})\|(\d{1,9})$/s.exec(value)
  const attributes = attributesOf(parts?.[2])
  const droppedAttributesCount = Number(parts?.[3])
  // Without any there is nothing to unpack, and somebody may just have written it so.
  if (attributes === undefined || (attributes.length === 0 && droppedAttributesCount === 0)) return undefined
  return encodeMessage(event, { name: parts?.[1] ?? '', attributes, droppedAttributesCount })
}

/** The bytes of the Link that a tag's value stands for; undefined where it stands for none. */
export function packedLink(value: string): Uint8Array | undefined {
  const parts = /^([0-9a-f]{32})\|([0-9a-f]{16})\|([^|]*)\|(\{.*\})\|(\d{1,9})$/is.exec(value)
  const traceId = parseTraceId(parts?.[1] ?? '')
  const spanId = parseSpanId(parts?.[2] ?? '')
  const attributes = attributesOf(parts?.[4])
  if (traceId === undefined || spanId === undefined || attributes === undefined) return undefined
  return encodeMessage(link, {
    traceId,
    spanId,
    traceState: parts?.[3] ?? '',
    attributes,
    droppedAttributesCount: Number(parts?.[5]),
  })
}

function jsonOf(attributes: Attributes): string {
  return JSON.stringify(Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)])))
}

function attributesOf(json: string | undefined): Attributes | undefined {
  if (json === undefined) return undefined
  try {
    return Object.entries(JSON.parse(json)).map(([key, value]) => ({ key, value: anyValueOf(value, 1) }))
  } catch {
    return undefined
  }
}

/** @throws RangeError where the value nests deeper than OTLP's may here. */
function anyValueOf(value: unknown, depth: number): AnyValue {
  if (depth > maxValueDepth) throw new RangeError(`nested more than ${maxValueDepth} deep`)
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(item => anyValueOf(item, depth + 1)) } }
  if (value === null || typeof value !== 'object') return {}
  const values = Object.entries(value).map(([key, item]) => ({ key, value: anyValueOf(item, depth + 1) }))
  return { kvlistValue: { values } }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
