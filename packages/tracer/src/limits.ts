/** What one span may hold (OpenTelemetry specification, "Span Limits"). What is beyond is counted. */
export interface SpanLimits {
  /** Characters of a text; the rest is cut off. */
  readonly attributeValueLength: number
  readonly attributes: number
  readonly events: number
  readonly links: number
  readonly attributesPerEvent: number
  readonly attributesPerLink: number
}

export const defaultSpanLimits: SpanLimits = {
  attributeValueLength: Number.POSITIVE_INFINITY,
  attributes: 128,
  events: 128,
  links: 128,
  attributesPerEvent: 128,
  attributesPerLink: 128,
}
