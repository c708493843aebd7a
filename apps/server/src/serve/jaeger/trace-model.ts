import type { Attributes, Resource, Scope, Span, SpanEvent, SpanLink, Trace } from '@waybill/model'
import { findAttribute } from '@waybill/model'
import { takeWarnings } from './adjust/warnings.ts'
import type { Tag } from './tags.ts'
import { stringTag, tagOf, tagsOf } from './tags.ts'
import { jaegerTraceId } from './trace-id.ts'

/** Jaeger's name for a resource without `service.name` (Jaeger 2.20, its sanitizer of what it takes in). */
export const unnamedService = 'missing-service-name'

/** Jaeger's legacy JSON model (uimodel/model.go); times and durations in whole microseconds. */
export interface LegacyTrace {
  readonly traceID: string
  readonly spans: readonly LegacySpan[]
  readonly processes: Readonly<Record<string, LegacyProcess>>
  readonly warnings: readonly string[] | null
}

export interface LegacySpan {
  readonly traceID: string
  readonly spanID: string
  readonly flags?: number
  readonly operationName: string
  readonly references: readonly LegacyReference[]
  readonly startTime: number
  readonly duration: number
  readonly tags: readonly Tag[]
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly Tag[] }[]
  readonly processID: string
  readonly warnings: readonly string[] | null
}

export interface LegacyReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM'
  readonly traceID: string
  readonly spanID: string
  /** Attributes of the link. Jaeger drops them; readers of its form pass over what they do not know. */
  readonly tags?: readonly Tag[]
}

export interface LegacyProcess {
  readonly serviceName: string
  readonly tags: readonly Tag[]
}

/**
 * A trace in Jaeger's legacy form. The mapping is that of Jaeger 2.20 (OpenTelemetry's translator, then
 * from_domain.go): the parent is the first reference, CHILD_OF; each link a FOLLOWS_FROM; kind, status,
 * scope and trace state become tags; an event's name its field `event`.
 */
export function legacyTrace(trace: Trace): LegacyTrace {
  const { processes, readSpans } = legacyReader()
  const spans = readSpans(trace)
  return { traceID: jaegerTraceId(trace.traceId), spans, processes, warnings: null }
}

/** Reads a trace a piece at a time. Resources with equal service and tags are one process: `p1`, `p2`, … */
export function legacyReader(): {
  /** Those of the spans read so far. */
  readonly processes: Readonly<Record<string, LegacyProcess>>
  readonly readSpans: (piece: Omit<Trace, 'traceId'>) => readonly LegacySpan[]
} {
  const processes: Record<string, LegacyProcess> = {}
  const known = new Map<string, string>()
  const processIds: string[] = []
  const numberProcess = (resource: Resource): string => {
    const process = processOf(resource)
    const content = JSON.stringify(process)
    const id = known.get(content) ?? `p${known.size + 1}`
    known.set(content, id)
    processes[id] = process
    return id
  }
  return {
    processes,
    readSpans: ({ spans, resources, scopes }) => {
      for (const resource of resources.slice(processIds.length)) processIds.push(numberProcess(resource))
      return spans.map(span => legacySpan(span, scopes[span.scope], processIds[span.resource] ?? ''))
    },
  }
}

function processOf({ attributes }: Resource): LegacyProcess {
  const name = findAttribute(attributes, 'service.name')
  const serviceName = name === undefined ? '' : String(tagOf('service.name', name).value)
  return {
    serviceName: serviceName || unnamedService,
    tags: tagsOf(attributes.filter(attribute => attribute.key !== 'service.name')),
  }
}

function legacySpan(span: Span, scope: Scope | undefined, processID: string): LegacySpan {
  const start = BigInt(span.startTimeUnixNano)
  const end = BigInt(span.endTimeUnixNano)
  const flags = span.flags & 0xff
  const links = span.links.filter(link => !/^0*$/.test(link.traceId))
  const { warnings, attributes } = takeWarnings(span.attributes)
  const removed = links.length === span.links.length ? [] : ['Invalid span link removed']
  const told = [...warnings, ...removed]
  return {
    traceID: jaegerTraceId(span.traceId),
    spanID: span.spanId,
    ...(flags === 0 ? {} : { flags }),
    operationName: span.name,
    references: referencesOf(span, links),
    startTime: Number(start / 1000n),
    duration: end > start ? Number((end - start) / 1000n) : 0,
    tags: spanTags(span, attributes, scope),
    logs: span.events.map(legacyLog),
    processID,
    warnings: told.length === 0 ? null : told,
  }
}

/** A link to the own parent stands beside the CHILD_OF reference, it does not replace it. */
function referencesOf(span: Span, links: readonly SpanLink[]): readonly LegacyReference[] {
  const references = links.map((link): LegacyReference => {
    const type = findAttribute(link.attributes, 'opentracing.ref_type')
    const isChild = type !== undefined && 'stringValue' in type && type.stringValue === 'child_of'
    const tags = tagsOf(link.attributes)
    if (link.traceState !== '') tags.push(stringTag('w3c.tracestate', link.traceState))
    return {
      refType: isChild ? 'CHILD_OF' : 'FOLLOWS_FROM',
      traceID: jaegerTraceId(link.traceId),
      spanID: link.spanId,
      ...(tags.length === 0 ? {} : { tags }),
    }
  })
  if (span.parentSpanId === '') return references
  const traceID = jaegerTraceId(span.traceId)
  return [{ refType: 'CHILD_OF', traceID, spanID: span.parentSpanId }, ...references]
}

/** The scope's tags come before the span's own, what is made of kind and status after them. */
function spanTags(span: Span, attributes: Attributes, scope: Scope | undefined): readonly Tag[] {
  const failed = span.status.code === 'error'
  const tags: Tag[] = []
  if (scope?.name) tags.push(stringTag('otel.scope.name', scope.name))
  if (scope?.version) tags.push(stringTag('otel.scope.version', scope.version))
  for (const { key, value } of attributes) if (!failed || key !== 'error') tags.push(tagOf(key, value))
  if (span.kind !== 'unspecified') tags.push(stringTag('span.kind', span.kind))
  if (span.status.code !== 'unset') tags.push(stringTag('otel.status_code', span.status.code.toUpperCase()))
  if (failed) tags.push({ key: 'error', type: 'bool', value: true })
  if (span.status.message !== '') tags.push(stringTag('otel.status_description', span.status.message))
  if (span.traceState !== '') tags.push(stringTag('w3c.tracestate', span.traceState))
  return tags
}

function legacyLog(event: SpanEvent): LegacySpan['logs'][number] {
  const fields = tagsOf(event.attributes)
  const named = fields.some(field => field.key === 'event')
  if (event.name !== '' && !named) fields.unshift(stringTag('event', event.name))
  return { timestamp: Number(BigInt(event.timeUnixNano) / 1000n), fields }
}
