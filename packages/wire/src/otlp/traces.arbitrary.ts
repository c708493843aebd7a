import type { AnyValue, KeyValue } from '@waybill/model'
import fc from 'fast-check'
import type { EventData, LinkData, ResourceSpansData, SpanData, TracesData } from './traces.ts'

// Arbitrary traces for property tests: every field of every message, in the form that decoding gives.

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const uint32 = fc.oneof(fc.constant(0), fc.nat(), fc.constant(0xffffffff))
const unixNano = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
const base64 = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes).toString('base64'))

/** Plain objects, as the decoder makes them. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>
}

function hex(bytes: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter(id => id.some(byte => byte !== 0))
    .map(id => Buffer.from(id).toString('hex'))
}

/** Any AnyValue, lists and maps a few levels deep. */
export const arbitraryValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue; keyValue: KeyValue }>(
  tie => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      record({ stringValue: text }),
      record({ stringValue: fc.string({ unit: 'grapheme', minLength: 100, maxLength: 300 }) }),
      record({ boolValue: fc.boolean() }),
      record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
      record({ doubleValue: fc.double().map(jsonDouble) }),
      record({ bytesValue: base64 }),
      fc.constant({}),
      record({ arrayValue: record({ values: fc.array(tie('value'), { maxLength: 4 }) }) }),
      record({ kvlistValue: record({ values: fc.array(tie('keyValue'), { maxLength: 4 }) }) }),
    ),
    keyValue: record({ key: text, value: tie('value') }),
  }),
).value

function jsonDouble(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  return Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity')
}

const attributes = fc.array(record({ key: text, value: arbitraryValue }), { maxLength: 5 })

const event: fc.Arbitrary<EventData> = record({
  timeUnixNano: unixNano,
  name: text,
  attributes,
  droppedAttributesCount: uint32,
})

const link: fc.Arbitrary<LinkData> = record({
  traceId: fc.oneof(hex(16), fc.constant(''), fc.constant('0'.repeat(32))),
  spanId: fc.oneof(hex(8), fc.constant(''), fc.constant('0'.repeat(16))),
  traceState: text,
  attributes,
  droppedAttributesCount: uint32,
  flags: uint32,
})

const span: fc.Arbitrary<SpanData> = record({
  traceId: hex(16),
  spanId: hex(8),
  traceState: text,
  parentSpanId: fc.oneof(hex(8), fc.constant('')),
  name: text,
  kind: fc.oneof(fc.nat(5), fc.constant(0x7fffffff)),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  attributes,
  droppedAttributesCount: uint32,
  events: fc.array(event, { maxLength: 3 }),
  droppedEventsCount: uint32,
  links: fc.array(link, { maxLength: 3 }),
  droppedLinksCount: uint32,
  status: record({ message: text, code: fc.nat(2) }),
  flags: uint32,
})

const resourceSpans: fc.Arbitrary<ResourceSpansData> = record({
  resource: record({
    attributes,
    droppedAttributesCount: uint32,
    entityRefs: fc.array(
      record({
        schemaUrl: text,
        type: text,
        idKeys: fc.array(text, { maxLength: 2 }),
        descriptionKeys: fc.array(text, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
  scopeSpans: fc.array(
    record({
      scope: record({ name: text, version: text, attributes, droppedAttributesCount: uint32 }),
      spans: fc.array(span, { maxLength: 4 }),
      schemaUrl: text,
    }),
    { maxLength: 3 },
  ),
  schemaUrl: text,
})

/** Any request, in the form that decoding gives. */
export const arbitraryTraces: fc.Arbitrary<TracesData> = record({
  resourceSpans: fc.array(resourceSpans, { maxLength: 3 }),
})
