import { describe, expect, it } from 'vitest'
import { at, span, spanId, traceId } from '../../test-spans.ts'
import { otlpJson, otlpSpan } from './otlp-json.ts'

const resource = {
  attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }],
  droppedAttributesCount: 0,
  schemaUrl: '',
}
const scope = {
  name: 'kafkajs',
  version: '1',
  attributes: [],
  droppedAttributesCount: 0,
  schemaUrl: 'https://x',
}

describe('otlpJson', () => {
  it('groups spans by resource and scope, and leaves out what is empty', () => {
    const spans = [
      span({ spanId: '01' }),
      span({ spanId: '02', resource: 1 }),
      span({ spanId: '03', kind: 'consumer', status: { code: 'error', message: 'no' } }),
    ]
    const trace = { traceId, resources: [resource, { ...resource, attributes: [] }], scopes: [scope], spans }
    expect(otlpJson(trace)).toEqual({
      resourceSpans: [
        {
          resource: { attributes: resource.attributes },
          scopeSpans: [
            {
              scope: { name: 'kafkajs', version: '1' },
              schemaUrl: 'https://x',
              spans: [
                expect.objectContaining({ spanId: spanId('01'), kind: 1 }),
                expect.objectContaining({
                  spanId: spanId('03'),
                  kind: 5,
                  status: { code: 2, message: 'no' },
                }),
              ],
            },
          ],
        },
        expect.objectContaining({ resource: {} }),
      ],
    })
  })

  it('keeps values that mean something although they look empty', () => {
    const event = { name: 'e', timeUnixNano: at(1), attributes: [], droppedAttributesCount: 0 }
    const attributes = [{ key: 'zero', value: { intValue: '0' } }]
    expect(otlpSpan(span({ spanId: '01', attributes, events: [event] }))).toEqual({
      traceId,
      spanId: spanId('01'),
      name: 'span',
      kind: 1,
      startTimeUnixNano: at(0),
      endTimeUnixNano: at(10),
      attributes,
      events: [{ name: 'e', timeUnixNano: at(1) }],
      status: {},
    })
  })
})
