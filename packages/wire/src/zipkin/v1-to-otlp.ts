import type { WaybillError } from '@waybill/model'
import type { EndpointParts } from './otlp-spans.ts'
import { OtlpSpans, otlpKinds } from './otlp-spans.ts'
import type { ZipkinEndpoint, ZipkinKind } from './span.ts'
import { newText, setText } from './text.ts'
import type { V1Part } from './v1-parts.ts'
import { v1Parts } from './v1-parts.ts'
import type { V1Span } from './v1-span.ts'

const kinds: Readonly<Record<ZipkinKind, number>> = {
  CLIENT: otlpKinds.client,
  SERVER: otlpKinds.server,
  PRODUCER: otlpKinds.producer,
  CONSUMER: otlpKinds.consumer,
}

const value = newText()

/**
 * Writes v1 spans as the bytes of an OTLP ExportTraceServiceRequest, each as the spans of those who took part.
 *
 * @param v1Spans read as they are written, one at a time: a body of empty spans, which ends at the first, would be
 *   thousands of times its size as objects.
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @param fail makes the error of the format that the spans came in.
 */
export function v1SpansToOtlp(
  v1Spans: Iterable<V1Span>,
  arrivedMicros: number,
  fail: (what: string, position: number) => WaybillError,
): Uint8Array {
  const spans = new OtlpSpans(arrivedMicros, fail)
  for (const span of v1Spans) for (const part of v1Parts(span)) writePart(spans, span, part)
  return spans.finish()
}

function writePart(spans: OtlpSpans, span: V1Span, part: V1Part): void {
  spans.begin()
  spans.ids.set(span.ids)
  if (part.kind) spans.kind = kinds[part.kind]
  setText(value, span.name)
  spans.name(value)
  spans.timestamp = part.timestamp
  spans.duration = part.duration
  spans.debug = span.debug
  spans.shared = part.shared
  setEndpoint(spans.localEndpoint, part.local)
  setEndpoint(spans.remoteEndpoint, part.remote)
  for (const annotation of part.annotations) {
    setText(value, annotation.value)
    spans.annotation(annotation.timestamp, value, span.position)
  }
  for (const [key, tag] of part.tags) spans.tag(key, tag)
  spans.end(span.position)
}

function setEndpoint(parts: EndpointParts, endpoint: ZipkinEndpoint | undefined): void {
  setText(parts.service, endpoint?.serviceName ?? '')
  setText(parts.ipv4, endpoint?.ipv4 ?? '')
  setText(parts.ipv6, endpoint?.ipv6 ?? '')
  parts.port = endpoint?.port ?? 0
}
