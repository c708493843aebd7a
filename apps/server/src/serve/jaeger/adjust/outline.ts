import type { MessageOperation, Resource, Span, Trace } from '@waybill/model'
import { displayValue, findAttribute, messageFactsOf } from '@waybill/model'

/** As much of a span as ids and clocks are judged by. */
export type SpanOutline = Pick<
  Span,
  'spanId' | 'parentSpanId' | 'service' | 'kind' | 'startTimeUnixNano' | 'endTimeUnixNano' | 'resource'
>

/** A trace as far as its adjustments are planned from it: every span is in it, however large the trace is. */
export interface TraceOutline<S extends SpanOutline = SpanOutline> {
  readonly spans: readonly S[]
  readonly resources: readonly Resource[]
  /** What a span did with a message; asked of few spans. */
  readonly operationOf: (span: S) => MessageOperation | undefined
}

/** What tells a span from others of its trace, where clients give two spans one id. */
export function identityOf({ spanId, kind, startTimeUnixNano, service }: SpanOutline): string {
  return `${spanId} ${kind} ${startTimeUnixNano} ${service}`
}

/** The outline of a trace that is at hand. */
export function outlineOf({ spans, resources }: Trace): TraceOutline<Span> {
  return { spans, resources, operationOf: span => messageFactsOf(span)?.operation }
}

/**
 * Whose clock gave a resource's spans their times: `host.id`, else the first `host.ip`, else `host.name`, as
 * Jaeger has it; of a resource without any of them, the resource itself, since one process has one clock.
 */
export function hostOf(resource: Resource | undefined, place: number): string {
  for (const key of ['host.id', 'host.ip', 'host.name']) {
    const value = resource && findAttribute(resource.attributes, key)
    const first = value !== undefined && 'arrayValue' in value ? value.arrayValue.values[0] : value
    const text = first === undefined ? '' : displayValue(first)
    if (text !== '') return `${key} ${text}`
  }
  return `resource ${place}`
}
