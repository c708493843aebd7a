import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyValue, Span, Trace } from '@waybill/model'
import { tellTrace } from '@waybill/model/story'
import { tagOf } from './tags.ts'
import { legacyTrace } from './trace-model.ts'

function one(change: (span: Span) => Partial<Span>, trace: Partial<Trace> = {}) {
  const told = tellTrace(1, [{ id: 1, name: 'send', at: [0, 1.5] }])
  const legacy = legacyTrace({
    ...told,
    ...trace,
    spans: told.spans.map(span => ({ ...span, ...change(span) })),
  })
  const [span] = legacy.spans
  assert.ok(span)
  return { legacy, span }
}

test('a span in full', () => {
  const trace = tellTrace(0x1f, [
    {
      id: 2,
      parent: 1,
      name: 'process orders',
      kind: 'consumer',
      at: [0, 1.5],
      error: true,
      flags: 0x301,
      attributes: { 'messaging.kafka.offset': 42, sampled: true, ratio: 0.5 },
      links: [
        { id: 1, attributes: { 'messaging.kafka.offset': 42 } },
        { id: 7, trace: 9 },
      ],
    },
  ])
  const [told] = trace.spans
  assert.ok(told)
  const span: Span = {
    ...told,
    status: { code: 'error', message: 'declined' },
    traceState: 'a=b',
    events: [
      {
        timeUnixNano: '1700000000000001999',
        name: 'exception',
        attributes: [{ key: 'exception.type', value: { stringValue: 'E' } }],
        droppedAttributesCount: 0,
      },
    ],
  }
  const legacy = legacyTrace({
    ...trace,
    spans: [span],
    scopes: [{ name: 'kafkajs', version: '1', attributes: [], droppedAttributesCount: 0, schemaUrl: '' }],
    resources: [
      {
        attributes: [
          { key: 'service.name', value: { stringValue: 'billing' } },
          { key: 'host.name', value: { stringValue: 'host-3' } },
        ],
        droppedAttributesCount: 0,
        schemaUrl: '',
      },
    ],
  })
  assert.deepEqual(legacy, {
    traceID: '000000000000001f',
    spans: [
      {
        traceID: '000000000000001f',
        spanID: '0000000000000002',
        flags: 1,
        operationName: 'process orders',
        references: [
          { refType: 'CHILD_OF', traceID: '000000000000001f', spanID: '0000000000000001' },
          {
            refType: 'FOLLOWS_FROM',
            traceID: '000000000000001f',
            spanID: '0000000000000001',
            tags: [{ key: 'messaging.kafka.offset', type: 'int64', value: 42 }],
          },
          { refType: 'FOLLOWS_FROM', traceID: '0000000000000009', spanID: '0000000000000007' },
        ],
        startTime: 1_700_000_000_000_000,
        duration: 1_500,
        tags: [
          { key: 'otel.scope.name', type: 'string', value: 'kafkajs' },
          { key: 'otel.scope.version', type: 'string', value: '1' },
          { key: 'messaging.kafka.offset', type: 'int64', value: 42 },
          { key: 'sampled', type: 'bool', value: true },
          { key: 'ratio', type: 'float64', value: 0.5 },
          { key: 'span.kind', type: 'string', value: 'consumer' },
          { key: 'otel.status_code', type: 'string', value: 'ERROR' },
          { key: 'error', type: 'bool', value: true },
          { key: 'otel.status_description', type: 'string', value: 'declined' },
          { key: 'w3c.tracestate', type: 'string', value: 'a=b' },
        ],
        logs: [
          {
            timestamp: 1_700_000_000_000_001,
            fields: [
              { key: 'event', type: 'string', value: 'exception' },
              { key: 'exception.type', type: 'string', value: 'E' },
            ],
          },
        ],
        processID: 'p1',
        warnings: null,
      },
    ],
    processes: {
      p1: { serviceName: 'billing', tags: [{ key: 'host.name', type: 'string', value: 'host-3' }] },
    },
    warnings: null,
  })
})

test('every kind of value as a tag', () => {
  const tags: readonly [AnyValue, string, unknown][] = [
    [{ stringValue: '' }, 'string', ''],
    [{ boolValue: false }, 'bool', false],
    [{ intValue: '0' }, 'int64', 0],
    [{ intValue: '9007199254740991' }, 'int64', 9007199254740991],
    [{ intValue: '9007199254740992' }, 'int64', '9007199254740992'],
    [{ intValue: '-9007199254740991' }, 'int64', -9007199254740991],
    [{ intValue: '-9223372036854775808' }, 'int64', '-9223372036854775808'],
    [{ doubleValue: 0.1 }, 'float64', 0.1],
    [{ doubleValue: 'NaN' }, 'float64', 'NaN'],
    [{ bytesValue: 'AAE=' }, 'binary', 'AAE='],
    [{ arrayValue: { values: [{ intValue: '1' }, { stringValue: 'a' }] } }, 'string', '[1,"a"]'],
    [{ kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } }, 'string', '{"k":true}'],
    [{}, 'string', ''],
  ]
  for (const [value, type, shown] of tags)
    assert.deepEqual(tagOf('k', value), { key: 'k', type, value: shown })
})

test('references: a root has none; child_of on a link makes it CHILD_OF; a link to nowhere is warned of', () => {
  assert.deepEqual(one(() => ({})).span.references, [])
  const link = { traceState: '', droppedAttributesCount: 0, flags: 0 } as const
  const { span } = one(told => ({
    links: [
      {
        ...link,
        traceId: told.traceId,
        spanId: told.spanId,
        attributes: [{ key: 'opentracing.ref_type', value: { stringValue: 'child_of' } }],
      },
      { ...link, traceId: '0'.repeat(32) as Span['traceId'], spanId: told.spanId, attributes: [] },
    ],
  }))
  assert.deepEqual(
    span.references.map(reference => reference.refType),
    ['CHILD_OF'],
  )
  assert.deepEqual(span.warnings, ['Invalid span link removed'])
})

test('the status says whether a span failed: its own error attribute stands only where it did not', () => {
  const attributes = [{ key: 'error', value: { stringValue: 'no' } }]
  const errors = (code: 'unset' | 'error') =>
    one(() => ({ attributes, status: { code, message: '' } })).span.tags.filter(tag => tag.key === 'error')
  assert.deepEqual(errors('error'), [{ key: 'error', type: 'bool', value: true }])
  assert.deepEqual(errors('unset'), [{ key: 'error', type: 'string', value: 'no' }])
})

test('a span that ended before it started has no negative duration', () => {
  const { span } = one(told => ({
    startTimeUnixNano: told.endTimeUnixNano,
    endTimeUnixNano: told.startTimeUnixNano,
  }))
  assert.equal(span.duration, 0)
  assert.equal(span.warnings, null)
})

test('equal resources are one process; one without a name has Jaeger’s name for it', () => {
  const resource = (name: string | undefined) => ({
    attributes: name === undefined ? [] : [{ key: 'service.name', value: { stringValue: name } }],
    droppedAttributesCount: 0,
    schemaUrl: '',
  })
  const told = tellTrace(1, [
    { id: 1, at: [0, 1] },
    { id: 2, at: [0, 1] },
    { id: 3, at: [0, 1] },
  ])
  const legacy = legacyTrace({
    ...told,
    resources: [resource('shop'), resource(undefined), resource('shop')],
    spans: told.spans.map((span, resource) => ({ ...span, resource })),
  })
  assert.deepEqual(
    legacy.spans.map(span => span.processID),
    ['p1', 'p2', 'p1'],
  )
  assert.deepEqual(legacy.processes, {
    p1: { serviceName: 'shop', tags: [] },
    p2: { serviceName: 'missing-service-name', tags: [] },
  })
})
