import type { Attributes, Context, Link, SamplingResult, SpanKind } from '@opentelemetry/api'

/** Decides which spans are kept; the same shape as the SDK's, so that either can use the other's samplers. */
export interface Sampler {
  /** @param traceId 32 hex digits, new where the context has no span. */
  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: readonly Link[],
  ): SamplingResult
  toString(): string
}
