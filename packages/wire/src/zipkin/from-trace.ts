import type { AnyValue, Attributes, Resource, Scope, Span, Trace } from '@waybill/model'
import { displayValue } from '@waybill/model'
import { zipkinAttributes, zipkinTags } from './attributes.ts'
import { takeLocalEndpoint, takeRemoteEndpoint } from './endpoints.ts'
import { annotationOf, linkTag } from './packed.ts'
import type { ZipkinKind, ZipkinSpan } from './span.ts'

const kinds: Readonly<Partial<Record<Span['kind'], ZipkinKind>>> = {
  client: 'CLIENT',
  server: 'SERVER',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
}

/**
 * The spans of a stored trace in Zipkin's v2 model, in the trace's order. What came from Zipkin comes back as it
 * was; what came from elsewhere is mapped as the OpenTelemetry specification says ("Mapping to non-OTLP formats"
 * and "Zipkin"), events with attributes and links as the Collector's zipkin exporter writes them:
 *
 * - attributes of resource, scope and span become tags, the span's own winning;
 * - an error becomes the tag `error`, with its message or `true`;
 * - `network.local.*` is the local endpoint, `service.peer.name` and `network.peer.*` the remote one.
 */
export function zipkinSpans({ resources, scopes, spans }: Trace): readonly ZipkinSpan[] {
  return spans.map(span => zipkinSpan(span, resources[span.resource], scopes[span.scope]))
}

function zipkinSpan(span: Span, resource: Resource | undefined, scope: Scope | undefined): ZipkinSpan {
  const attributes = new Map(span.attributes.map(({ key, value }) => [key, value]))
  const take = (key: string): AnyValue | undefined => {
    const value = attributes.get(key)
    attributes.delete(key)
    return value
  }
  const kind = kinds[span.kind]
  const timestamp = take(zipkinAttributes.noTimestamp) ? 0 : micros(BigInt(span.startTimeUnixNano))
  const lastsNano = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)
  const duration = take(zipkinAttributes.noDuration) || lastsNano < 0n ? 0 : Math.max(micros(lastsNano), 1)
  const localEndpoint = takeLocalEndpoint(span.service, attributes)
  const remoteEndpoint = takeRemoteEndpoint(attributes)
  const debug = take(zipkinAttributes.debug)
  const shared = take(zipkinAttributes.shared)
  const tags = new Map<string, string>()
  addAttributes(
    tags,
    (resource?.attributes ?? []).filter(({ key }) => key !== 'service.name'),
  )
  addScope(tags, scope)
  for (const [key, value] of attributes) tags.set(key, displayValue(value))
  addStatus(tags, span, attributes.get(zipkinTags.error))
  if (span.traceState !== '') tags.set(zipkinTags.traceState, span.traceState)
  for (const [index, link] of span.links.entries()) tags.set(zipkinTags.link + index, linkTag(link))
  addDropped(tags, span)
  return {
    traceId: span.traceId.startsWith(zeroHalf) ? span.traceId.slice(zeroHalf.length) : span.traceId,
    ...(span.parentSpanId === '' ? {} : { parentId: span.parentSpanId }),
    id: span.spanId,
    ...(kind === undefined ? {} : { kind }),
    ...(span.name === '' ? {} : { name: span.name }),
    ...(timestamp === 0 ? {} : { timestamp }),
    ...(duration === 0 ? {} : { duration }),
    ...(localEndpoint === undefined ? {} : { localEndpoint }),
    ...(remoteEndpoint === undefined ? {} : { remoteEndpoint }),
    ...(span.events.length === 0 ? {} : { annotations: span.events.map(annotationOf) }),
    ...(tags.size === 0 ? {} : { tags: Object.fromEntries([...tags].sort(byKey)) }),
    ...(isTrue(debug) ? { debug: true } : {}),
    ...(isTrue(shared) ? { shared: true } : {}),
  }
}

/** A trace id of 64 bits has sixteen digits in Zipkin. */
const zeroHalf = '0'.repeat(16)

/** Whole microseconds. */
function micros(nano: bigint): number {
  return Number(nano / 1000n)
}

function isTrue(value: AnyValue | undefined): boolean {
  return value !== undefined && displayValue(value) === 'true'
}

function byKey([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1
}

function addAttributes(tags: Map<string, string>, attributes: Attributes): void {
  for (const { key, value } of attributes) tags.set(key, displayValue(value))
}

function addScope(tags: Map<string, string>, scope: Scope | undefined): void {
  if (scope === undefined) return
  addAttributes(tags, scope.attributes)
  if (scope.name !== '') tags.set(zipkinTags.scopeName, scope.name)
  if (scope.version !== '') tags.set(zipkinTags.scopeVersion, scope.version)
}

/**
 * Zipkin takes a span with any tag `error` for a failed one, so that tag is there if and only if the status says
 * so. What a client of Zipkin wrote there is an attribute, and needs no status beside it.
 */
function addStatus(tags: Map<string, string>, { status }: Span, error: AnyValue | undefined): void {
  const text = error === undefined ? undefined : displayValue(error)
  if (status.code !== 'error') {
    if (text === 'false') tags.delete(zipkinTags.error)
    if (status.code === 'ok') tags.set(zipkinTags.statusCode, 'OK')
    return
  }
  if (text !== undefined && (text === status.message || status.message === '')) return
  tags.set(zipkinTags.error, status.message || 'true')
  if (status.message !== '') tags.set(zipkinTags.statusCode, 'ERROR')
}

function addDropped(tags: Map<string, string>, span: Span): void {
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount } = span
  const counts = { attributes: droppedAttributesCount, events: droppedEventsCount, links: droppedLinksCount }
  for (const [what, count] of Object.entries(counts))
    if (count > 0) tags.set(`otel.dropped_${what}_count`, String(count))
}
