import type { Resource, Scope, Span, SpanId, Trace, TraceId } from '@waybill/model'
import { displayValue, findAttribute, spanKinds, statusCodes, WaybillError } from '@waybill/model'
import type { ResourceSpansData, ScopeSpansData, SpanData, TracesData } from '@waybill/wire/otlp'
import { decodeTraces, encodeTracesJson, parseTracesJson } from '@waybill/wire/otlp'
import { envelopeText } from './envelope.ts'
import { legacyTrace } from './trace-model.ts'

/**
 * Answers `POST /api/transform`: OTLP/JSON in, the same traces in Jaeger's legacy form and envelope out.
 *
 * @throws WaybillError BAD_JSON that names the place.
 */
export function transform(body: Uint8Array, isPretty: boolean): string {
  // The objects of a trace are garbage once it is text: all at once would take twice the memory.
  const texts = tracesOf(readTraces(body)).map(trace => JSON.stringify(legacyTrace(trace)))
  return envelopeText(`[${texts.join()}]`, isPretty)
}

function readTraces(body: Uint8Array): TracesData {
  try {
    return decodeTraces(encodeTracesJson(parseTracesJson(body)))
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    throw new WaybillError(error.code, `cannot unmarshal OTLP : ${error.message}`, { cause: error })
  }
}

/** What the spans of a trace name, in the order they first do. */
interface Named<Source, Made> {
  readonly items: readonly Made[]
  readonly placeOf: (source: Source) => number
}

interface Draft {
  readonly resources: Named<ResourceSpansData, Resource>
  readonly scopes: Named<ScopeSpansData, Scope>
  readonly spans: Span[]
}

/** The traces of a TracesData, in the order of their first spans, each with its own resources and scopes. */
function tracesOf({ resourceSpans }: TracesData): readonly Trace[] {
  const drafts = new Map<string, Draft>()
  for (const ofResource of resourceSpans)
    for (const ofScope of ofResource.scopeSpans)
      for (const span of ofScope.spans) {
        const draft = drafts.get(span.traceId) ?? makeDraft()
        drafts.set(span.traceId, draft)
        const resource = draft.resources.placeOf(ofResource)
        const scope = draft.scopes.placeOf(ofScope)
        draft.spans.push(spanOf(span, ofResource, { resource, scope }))
      }
  return [...drafts].map(([traceId, { resources, scopes, spans }]) => ({
    traceId: traceId as TraceId,
    resources: resources.items,
    scopes: scopes.items,
    spans,
  }))
}

function makeDraft(): Draft {
  return { resources: named(resourceOf), scopes: named(scopeOf), spans: [] }
}

function named<Source, Made>(make: (source: Source) => Made): Named<Source, Made> {
  const places = new Map<Source, number>()
  const items: Made[] = []
  return {
    items,
    placeOf: source => {
      const known = places.get(source)
      if (known !== undefined) return known
      places.set(source, items.length)
      return items.push(make(source)) - 1
    },
  }
}

function resourceOf({ resource, schemaUrl }: ResourceSpansData): Resource {
  const { attributes, droppedAttributesCount } = resource
  return { attributes, droppedAttributesCount, schemaUrl }
}

function scopeOf({ scope, schemaUrl }: ScopeSpansData): Scope {
  return { ...scope, schemaUrl }
}

function spanOf(
  span: SpanData,
  { resource }: ResourceSpansData,
  places: { readonly resource: number; readonly scope: number },
): Span {
  const service = findAttribute(resource.attributes, 'service.name')
  return {
    ...span,
    traceId: span.traceId as TraceId,
    spanId: span.spanId as SpanId,
    parentSpanId: span.parentSpanId as SpanId | '',
    kind: spanKinds[span.kind] ?? 'unspecified',
    links: span.links.map(link => ({
      ...link,
      traceId: link.traceId as TraceId,
      spanId: link.spanId as SpanId,
    })),
    status: { code: statusCodes[span.status.code] ?? 'unset', message: span.status.message },
    service: service === undefined ? '' : displayValue(service),
    ...places,
  }
}
