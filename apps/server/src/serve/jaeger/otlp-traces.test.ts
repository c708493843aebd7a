import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tellTrace } from '@waybill/model/story'
import { decodeTraces, encodeTraces } from '@waybill/wire/otlp'
import { otlpTraces } from './otlp-traces.ts'

test('zeros are left out, and the status always there', () => {
  const [told] = tellTrace(1, [{ id: 1, name: '', kind: 'unspecified', at: [0, 1] }]).spans
  assert.ok(told)
  const trace = { ...tellTrace(1, []), spans: [{ ...told, startTimeUnixNano: '0' }] }
  assert.deepEqual(otlpTraces([trace]), {
    resourceSpans: [
      {
        resource: {},
        scopeSpans: [
          {
            scope: {},
            spans: [
              {
                traceId: '00000000000000000000000000000001',
                spanId: '0000000000000001',
                endTimeUnixNano: '1700000000001000000',
                status: {},
              },
            ],
          },
        ],
      },
    ],
  })
})

test('spans stand under their resource and scope, and nothing is lost on the way to bytes', () => {
  const told = tellTrace(1, [
    { id: 1, at: [0, 1], attributes: { a: 1, b: '', c: false }, error: true, flags: 257 },
    { id: 2, parent: 1, kind: 'producer', at: [0, 1], links: [{ id: 9, trace: 7, attributes: { k: 'v' } }] },
    { id: 3, parent: 1, at: [0, 1] },
  ])
  const service = { key: 'service.name', value: { stringValue: 'shop' } }
  const trace = {
    ...told,
    resources: [
      { attributes: [service], droppedAttributesCount: 2, schemaUrl: 'https://r' },
      { attributes: [], droppedAttributesCount: 0, schemaUrl: '' },
    ],
    scopes: [
      { name: 'kafkajs', version: '1', attributes: [], droppedAttributesCount: 0, schemaUrl: 'https://s' },
    ],
    spans: told.spans.map((span, i) => ({ ...span, resource: i === 2 ? 1 : 0 })),
  }
  const decoded = decodeTraces(encodeTraces(otlpTraces([trace, trace])))
  assert.equal(decoded.resourceSpans.length, 4)
  const [shop, unnamed] = decoded.resourceSpans
  assert.deepEqual(shop?.resource.attributes, [service])
  assert.deepEqual([shop?.schemaUrl, shop?.scopeSpans[0]?.schemaUrl], ['https://r', 'https://s'])
  const spans = [...(shop?.scopeSpans[0]?.spans ?? []), ...(unnamed?.scopeSpans[0]?.spans ?? [])]
  assert.deepEqual(
    spans.map(span => [
      span.spanId,
      span.attributes,
      span.links.map(link => link.attributes),
      span.status.code,
    ]),
    told.spans.map(span => [
      span.spanId,
      span.attributes,
      span.links.map(link => link.attributes),
      span.status.code === 'error' ? 2 : 0,
    ]),
  )
  assert.equal(spans[0]?.flags, 257)
})
