import type { TraceResponse } from '@waybill/api'
import type { Span } from '@waybill/model'
import { plainValue } from '@waybill/model'

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
