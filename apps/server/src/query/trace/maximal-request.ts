import type { AnyValue, KeyValue, Trace, TraceId } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { ResourceSpansData, ScopeSpansData, SpanData, TracesData } from '@waybill/wire/otlp'

/*
 * For tests: a request with everything that OTLP can say, and what should be read of it.
 */

export const maximalTraceId = '5b8efff798038103d269b633813fc60c' as TraceId
const otherTrace = 'a'.repeat(32)

const values: Readonly<Record<string, AnyValue>> = {
  text: { stringValue: 'text' },
  'empty text': { stringValue: '' },
  'hostile text': { stringValue: `it's "\\N" \\t \0\n\t' OR 1=1 --; ü 日本 🚚` },
  'long text': { stringValue: 'long '.repeat(20_000) },
  yes: { boolValue: true },
  no: { boolValue: false },
  zero: { intValue: '0' },
  least: { intValue: '-9223372036854775808' },
  most: { intValue: '9223372036854775807' },
  'beyond 53 bits': { intValue: '9007199254740993' },
  'no part': { doubleValue: 0 },
  third: { doubleValue: 1 / 3 },
  huge: { doubleValue: 1.7976931348623157e308 },
  tiny: { doubleValue: 5e-324 },
  'not a number': { doubleValue: 'NaN' },
  infinite: { doubleValue: 'Infinity' },
  'less than all': { doubleValue: '-Infinity' },
  bytes: { bytesValue: 'AAH/gA==' },
  'no bytes': { bytesValue: '' },
  list: { arrayValue: { values: [{ intValue: '0' }, { boolValue: false }, { stringValue: '' }, {}] } },
  'empty list': { arrayValue: { values: [] } },
  'lists in lists': {
    arrayValue: { values: [{ arrayValue: { values: [{ arrayValue: { values: [] } }] } }] },
  },
  map: {
    kvlistValue: {
      values: [
        { key: 'b', value: { doubleValue: 2.5 } },
        { key: 'a', value: { kvlistValue: { values: [{ key: '', value: { bytesValue: 'AA==' } }] } } },
        { key: 'b', value: {} },
      ],
    },
  },
  'empty map': { kvlistValue: { values: [] } },
  nothing: {},
}

/** Every kind of value; keys twice, keys that are numbers, and all in an order of their own. */
export const allAttributes: readonly KeyValue[] = [
  { key: '10', value: { stringValue: 'ten' } },
  { key: '9', value: { stringValue: 'nine' } },
  ...Object.entries(values).map(([key, value]) => ({ key, value })),
  { key: 'text', value: { stringValue: 'again' } },
  { key: '', value: { stringValue: 'no key' } },
  { key: '__proto__', value: { intValue: '1' } },
]

const most = 4_294_967_295

const maximalSpan: SpanData = {
  traceId: maximalTraceId,
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: 'eee19b7ec3c1b173',
  traceState: 'vendor=a1,other=b2',
  flags: 0x301,
  name: 'everything',
  kind: 5,
  startTimeUnixNano: '1763640000123456789',
  endTimeUnixNano: '1763640000987654321',
  attributes: allAttributes,
  droppedAttributesCount: most,
  events: [
    {
      timeUnixNano: '1763640000123456790',
      name: 'exception',
      attributes: allAttributes,
      droppedAttributesCount: 7,
    },
    { timeUnixNano: '0', name: '', attributes: [], droppedAttributesCount: 0 },
    { timeUnixNano: '18446744073709551615', name: 'late', attributes: [], droppedAttributesCount: most },
  ],
  droppedEventsCount: most,
  links: [
    {
      traceId: otherTrace,
      spanId: 'b'.repeat(16),
      traceState: 'linked=1',
      attributes: allAttributes,
      droppedAttributesCount: 3,
      flags: 0x101,
    },
    {
      traceId: maximalTraceId,
      spanId: 'eee19b7ec3c1b175',
      traceState: '',
      attributes: [],
      droppedAttributesCount: 0,
      flags: most,
    },
  ],
  droppedLinksCount: most,
  status: { code: 2, message: 'it broke' },
}

/** A span that says as little as a span can. */
function plainSpan(spanId: string, startTimeUnixNano: string, endTimeUnixNano = startTimeUnixNano): SpanData {
  return {
    traceId: maximalTraceId,
    spanId,
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: '',
    kind: 0,
    startTimeUnixNano,
    endTimeUnixNano,
    attributes: [],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: '' },
  }
}

function ofScope(
  name: string,
  schemaUrl: string,
  attributes: readonly KeyValue[],
  spans: readonly SpanData[],
) {
  const dropped = attributes.length === 0 ? 0 : most
  return {
    scope: { name, version: name && '1.2.3-β', attributes, droppedAttributesCount: dropped },
    spans,
    schemaUrl,
  }
}

function ofResource(
  attributes: readonly KeyValue[],
  droppedAttributesCount: number,
  schemaUrl: string,
  scopeSpans: readonly ScopeSpansData[],
): ResourceSpansData {
  return { resource: { attributes, droppedAttributesCount, entityRefs: [] }, scopeSpans, schemaUrl }
}

const serviceName = (name: string): KeyValue => ({ key: 'service.name', value: { stringValue: name } })
const schemaUrl = 'https://opentelemetry.io/schemas/1.44.0'

export const maximalRequest: TracesData = {
  resourceSpans: [
    ofResource([serviceName('first'), ...allAttributes, serviceName('everything')], most, schemaUrl, [
      ofScope('all', schemaUrl, allAttributes, [
        maximalSpan,
        plainSpan('0000000000000001', '1763640000000000000', '1763639999999999999'),
      ]),
      ofScope('', '', [], [plainSpan('0000000000000002', '1763640000000000001')]),
    ]),
    ofResource([], 0, '', [
      ofScope(
        'times',
        '',
        [],
        [
          plainSpan('0000000000000010', '0'),
          plainSpan('0000000000000011', '1', '9223372036854775807'),
          plainSpan('0000000000000012', '9223372036854775807', '9223372036854775808'),
          plainSpan('0000000000000013', '9223372036854775808'),
          plainSpan('0000000000000014', '9223372036854775809', '0'),
          plainSpan('0000000000000015', '18446744073709551615'),
          plainSpan('0000000000000016', '2', '18446744073709551615'),
        ],
      ),
    ]),
  ],
}

/** The trace that should be read of a request: as it was sent, in the order in which the spans started. */
export function traceOf({ resourceSpans }: TracesData, traceId: TraceId): Trace {
  const sent = resourceSpans.flatMap(resource =>
    resource.scopeSpans.flatMap(scope => scope.spans.map(span => ({ resource, scope, span }))),
  )
  const ofTrace = sent
    .filter(({ span }) => span.traceId === traceId)
    .sort((a, b) => (BigInt(a.span.startTimeUnixNano) < BigInt(b.span.startTimeUnixNano) ? -1 : 1))
  const resources = [...new Set(ofTrace.map(({ resource }) => resource))]
  const scopes = [...new Set(ofTrace.map(({ scope }) => scope))]
  return {
    traceId,
    resources: resources.map(({ resource, schemaUrl }) => {
      const { entityRefs: _, ...rest } = resource
      return { ...rest, schemaUrl }
    }),
    scopes: scopes.map(({ scope, schemaUrl }) => ({ ...scope, schemaUrl })),
    spans: ofTrace.map(({ resource, scope, span }) => ({
      ...(span as unknown as Trace['spans'][number]),
      kind: spanKinds[span.kind] ?? 'unspecified',
      status: { code: statusCodes[span.status.code] ?? 'unset', message: span.status.message },
      service: nameOf(resource),
      resource: resources.indexOf(resource),
      scope: scopes.indexOf(scope),
    })),
  }
}

function nameOf({ resource }: ResourceSpansData): string {
  const value = resource.attributes.findLast(({ key }) => key === 'service.name')?.value
  return value !== undefined && 'stringValue' in value ? value.stringValue : ''
}
