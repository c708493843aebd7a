import type {
  Attributes,
  Context,
  Link,
  Span,
  SpanContext,
  SpanOptions,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api'
import {
  context as contexts,
  INVALID_SPAN_CONTEXT,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { newSpanId, newTraceId } from './ids.ts'
import type { Sampler } from './sampling/sampler.ts'
import type { SpanOwner } from './span.ts'
import { RecordingSpan } from './span.ts'
import { hasIds } from './span-context.ts'
import { isSuppressed } from './suppression.ts'

/** What a tracer needs from its provider. */
export interface TracerParts extends SpanOwner {
  readonly sampler: Sampler
}

const none: SpanOptions = {}
const noAttributes: Attributes = Object.freeze({})
const noLinks: readonly Link[] = Object.freeze([])

/** A tracer (OpenTelemetry API, "Tracer") for one library. */
export class WaybillTracer implements Tracer {
  readonly #parts: TracerParts
  #successor: Tracer | undefined

  constructor(parts: TracerParts) {
    this.#parts = parts
  }

  /** Has spans started by another provider's tracer of the same library. */
  handOver(next: TracerProvider): void {
    const { name, version, schemaUrl } = this.#parts.scope
    this.#successor = next.getTracer(name, version, { schemaUrl })
  }

  startSpan(name: string, given?: SpanOptions, context: Context = contexts.active()): Span {
    const options = given ?? none
    if (this.#successor !== undefined) return this.#successor.startSpan(name, options, context)
    if (isSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
    const active = trace.getSpanContext(context)
    const parent = active !== undefined && options.root !== true && hasIds(active) ? active : undefined
    const traceId = parent === undefined ? newTraceId() : parent.traceId
    const kind = options.kind ?? SpanKind.INTERNAL
    const attributes = options.attributes
    const result = this.#parts.sampler.shouldSample(
      // Of what is not the parent, a sampler shall read neither decision nor tracestate.
      parent === undefined && active !== undefined ? trace.deleteSpan(context) : context,
      traceId,
      name,
      kind,
      attributes ?? noAttributes,
      options.links ?? noLinks,
    )
    const sampled = result.decision === SamplingDecision.RECORD_AND_SAMPLED
    const traceState = result.traceState ?? parent?.traceState
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
    const spanId = newSpanId()
    // A spread would cost as much as the id.
    const spanContext: SpanContext =
      traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState }
    if (result.decision === SamplingDecision.NOT_RECORD) return trace.wrapSpanContext(spanContext)
    const { startTime, links } = options
    const span = new RecordingSpan(this.#parts, { name, kind, context: spanContext, parent, startTime })
    span.attributeList.setAll(attributes)
    if (result.attributes !== undefined) span.attributeList.setAll(result.attributes)
    if (links) span.addLinks(links)
    return span
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(name: string, options: SpanOptions, fn: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : none
    const parent = rest.length > 2 ? (rest[1] as Context) : contexts.active()
    const span = this.startSpan(name, options, parent)
    return contexts.with(trace.setSpan(parent, span), () => fn(span)) as ReturnType<F>
  }
}
