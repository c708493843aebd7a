import type { Field, Message } from '../protobuf/schema.ts'

/**
 * The messages of OTLP traces with their field numbers, from opentelemetry-proto 1.x: trace/v1/trace.proto,
 * common/v1/common.proto, resource/v1/resource.proto. The walk, the JSON encoder and the decoder all read
 * these tables, so a field is written down once.
 *
 * Left out on purpose, and so treated as unknown fields: what only profiles may use (KeyValue.key_strindex,
 * AnyValue.string_value_strindex).
 */

/** How deep lists and maps may nest in one attribute's value: the innermost value counts as one. */
export const maxValueDepth = 32

// Lists and maps contain values, which contain lists and maps: these three are tied together below.
const valueFields: Field[] = []
const arrayFields: Field[] = []
const listFields: Field[] = []

/** message AnyValue */
export const anyValue: Message = { name: 'AnyValue', oneof: true, fields: valueFields }
/** message ArrayValue */
export const arrayValue: Message = { name: 'ArrayValue', fields: arrayFields }
/** message KeyValueList */
export const keyValueList: Message = { name: 'KeyValueList', fields: listFields }
/** message KeyValue */
export const keyValue: Message = {
  name: 'KeyValue',
  fields: [
    { number: 1, name: 'key', type: 'string' },
    { number: 2, name: 'value', type: anyValue },
  ],
}
valueFields.push(
  { number: 1, name: 'stringValue', type: 'string' },
  { number: 2, name: 'boolValue', type: 'bool' },
  { number: 3, name: 'intValue', type: 'int64' },
  { number: 4, name: 'doubleValue', type: 'double' },
  { number: 5, name: 'arrayValue', type: arrayValue },
  { number: 6, name: 'kvlistValue', type: keyValueList },
  { number: 7, name: 'bytesValue', type: 'bytes' },
)
arrayFields.push({ number: 1, name: 'values', type: anyValue, repeated: true })
listFields.push({ number: 1, name: 'values', type: keyValue, repeated: true })

const entityRef: Message = {
  name: 'EntityRef',
  fields: [
    { number: 1, name: 'schemaUrl', type: 'string' },
    { number: 2, name: 'type', type: 'string' },
    { number: 3, name: 'idKeys', type: 'string', repeated: true },
    { number: 4, name: 'descriptionKeys', type: 'string', repeated: true },
  ],
}

const resource: Message = {
  name: 'Resource',
  fields: [
    { number: 1, name: 'attributes', type: keyValue, repeated: true },
    { number: 2, name: 'droppedAttributesCount', type: 'uint32' },
    { number: 3, name: 'entityRefs', type: entityRef, repeated: true },
  ],
}

const scope: Message = {
  name: 'InstrumentationScope',
  fields: [
    { number: 1, name: 'name', type: 'string' },
    { number: 2, name: 'version', type: 'string' },
    { number: 3, name: 'attributes', type: keyValue, repeated: true },
    { number: 4, name: 'droppedAttributesCount', type: 'uint32' },
  ],
}

/** message Span.Event */
export const event: Message = {
  name: 'Event',
  fields: [
    { number: 1, name: 'timeUnixNano', type: 'fixed64' },
    { number: 2, name: 'name', type: 'string' },
    { number: 3, name: 'attributes', type: keyValue, repeated: true },
    { number: 4, name: 'droppedAttributesCount', type: 'uint32' },
  ],
}

// A link's ids are not required: SDKs record links with an empty or all-zero context for the sake of their
// attributes (OpenTelemetry specification, trace API, "Link").
/** message Span.Link */
export const link: Message = {
  name: 'Link',
  fields: [
    { number: 1, name: 'traceId', type: 'traceId' },
    { number: 2, name: 'spanId', type: 'spanId' },
    { number: 3, name: 'traceState', type: 'string' },
    { number: 4, name: 'attributes', type: keyValue, repeated: true },
    { number: 5, name: 'droppedAttributesCount', type: 'uint32' },
    { number: 6, name: 'flags', type: 'fixed32' },
  ],
}

const status: Message = {
  name: 'Status',
  fields: [
    { number: 2, name: 'message', type: 'string' },
    {
      number: 3,
      name: 'code',
      type: 'enum',
      values: ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'],
    },
  ],
}

/** message Span */
export const span: Message = {
  name: 'Span',
  fields: [
    { number: 1, name: 'traceId', type: 'traceId', required: true },
    { number: 2, name: 'spanId', type: 'spanId', required: true },
    { number: 3, name: 'traceState', type: 'string' },
    { number: 4, name: 'parentSpanId', type: 'spanId' },
    { number: 5, name: 'name', type: 'string' },
    {
      number: 6,
      name: 'kind',
      type: 'enum',
      values: [
        'SPAN_KIND_UNSPECIFIED',
        'SPAN_KIND_INTERNAL',
        'SPAN_KIND_SERVER',
        'SPAN_KIND_CLIENT',
        'SPAN_KIND_PRODUCER',
        'SPAN_KIND_CONSUMER',
      ],
    },
    { number: 7, name: 'startTimeUnixNano', type: 'fixed64' },
    { number: 8, name: 'endTimeUnixNano', type: 'fixed64' },
    { number: 9, name: 'attributes', type: keyValue, repeated: true },
    { number: 10, name: 'droppedAttributesCount', type: 'uint32' },
    { number: 11, name: 'events', type: event, repeated: true },
    { number: 12, name: 'droppedEventsCount', type: 'uint32' },
    { number: 13, name: 'links', type: link, repeated: true },
    { number: 14, name: 'droppedLinksCount', type: 'uint32' },
    { number: 15, name: 'status', type: status },
    { number: 16, name: 'flags', type: 'fixed32' },
  ],
}

const scopeSpans: Message = {
  name: 'ScopeSpans',
  fields: [
    { number: 1, name: 'scope', type: scope },
    { number: 2, name: 'spans', type: span, repeated: true },
    { number: 3, name: 'schemaUrl', type: 'string' },
  ],
}

const resourceSpans: Message = {
  name: 'ResourceSpans',
  fields: [
    { number: 1, name: 'resource', type: resource },
    { number: 2, name: 'scopeSpans', type: scopeSpans, repeated: true },
    { number: 3, name: 'schemaUrl', type: 'string' },
  ],
}

/** message ExportTraceServiceRequest, whose bytes are also those of message TracesData. */
export const exportRequest: Message = {
  name: 'ExportTraceServiceRequest',
  fields: [{ number: 1, name: 'resourceSpans', type: resourceSpans, repeated: true }],
}
