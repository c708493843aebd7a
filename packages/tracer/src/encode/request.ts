import type { Attributes } from '@opentelemetry/api'
import { ProtobufWriter } from '@waybill/wire/protobuf'
import { AttributeList } from '../attribute-list.ts'
import type { Scope, SpanData } from '../span-data.ts'
import { writeAttributes } from './attributes.ts'
import { writeSpan } from './span.ts'

/*
 * ExportTraceServiceRequest { 1 resource_spans: ResourceSpans { 1 resource: Resource { 1 attributes },
 *   2 scope_spans: ScopeSpans { 1 scope: InstrumentationScope { 1 name, 2 version }, 2 spans, 3 schema_url } } }
 * (opentelemetry/proto/collector/trace/v1/trace_service.proto, trace/v1/trace.proto)
 */
const resourceSpans = 1 * 8 + 2
const resource = 1 * 8 + 2
const scopeSpans = 2 * 8 + 2

/** The spans of one scope of a request that is being filled. */
interface ScopeSpans {
  readonly scope: Scope
  spans: ProtobufWriter
}

/** A request that spans are written into as they end; nothing is kept of them but their bytes. */
export interface OpenRequest {
  readonly spans: number
  /** Where it throws, the request is as it was before. */
  add(scope: Scope, span: SpanData): void
  /** The whole request. Nothing may be added after. */
  finish(): Uint8Array
}

/** Writes what every request says of who sends it: the message Resource. */
export function encodeResource(attributes: Attributes): Uint8Array {
  const writer = new ProtobufWriter(1024)
  const list = new AttributeList(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  list.setAll(attributes)
  writeAttributes(writer, 1 * 8 + 2, list)
  return writer.finish()
}

/** @param resourceBytes what {@link encodeResource} gave. */
export function openRequest(resourceBytes: Uint8Array): OpenRequest {
  const scopes = new Map<Scope, ScopeSpans>()
  let count = 0
  return {
    get spans() {
      return count
    },
    add(scope, span) {
      let open = scopes.get(scope)
      if (open === undefined) {
        open = { scope, spans: new ProtobufWriter(65_536) }
        scopes.set(scope, open)
      }
      const { length } = open.spans
      try {
        writeSpan(open.spans, span)
      } catch (error) {
        const kept = new ProtobufWriter(65_536)
        kept.append(open.spans.finish(), 0, length)
        open.spans = kept
        throw error
      }
      count++
    },
    finish() {
      const parts = [...scopes.values()]
      const bytes = parts.reduce((sum, { spans }) => sum + spans.length + 256, resourceBytes.length + 64)
      const writer = new ProtobufWriter(bytes)
      const start = writer.begin(resourceSpans)
      writer.raw(resource, resourceBytes)
      for (const { scope, spans } of parts) writeScopeSpans(writer, scope, spans.finish())
      writer.end(start)
      return writer.finish()
    },
  }
}

function writeScopeSpans(writer: ProtobufWriter, scope: Scope, spans: Uint8Array): void {
  const start = writer.begin(scopeSpans)
  const message = writer.begin(1 * 8 + 2)
  writer.string(1 * 8 + 2, scope.name)
  if (scope.version !== '') writer.string(2 * 8 + 2, scope.version)
  writer.end(message)
  writer.append(spans)
  if (scope.schemaUrl !== '') writer.string(3 * 8 + 2, scope.schemaUrl)
  writer.end(start)
}
