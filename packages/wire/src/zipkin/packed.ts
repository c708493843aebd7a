import type { Attributes, SpanEvent, SpanLink } from '@waybill/model'
import { plainValue } from '@waybill/model'
import type { ZipkinAnnotation } from './span.ts'

/*
 * What Zipkin's model has no room for, packed into text as the OpenTelemetry Collector's zipkin exporter does:
 *
 *     annotation = name | name "|" attributes "|" dropped attributes
 *     tag otlp.link.<n> = trace id "|" span id "|" trace state "|" attributes "|" dropped attributes
 *
 * with the attributes as a JSON object.
 */

/** An event as an annotation. */
export function annotationOf(event: SpanEvent): ZipkinAnnotation {
  const { name, attributes, droppedAttributesCount, timeUnixNano } = event
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

function jsonOf(attributes: Attributes): string {
  return JSON.stringify(Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)])))
}
