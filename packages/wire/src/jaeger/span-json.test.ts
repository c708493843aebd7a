import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { jaegerSpanJson, jaegerSpanProtobuf, kafkaSpans, sampleSpan } from '../samples/index.ts'
import { encodeJaegerSpanJson } from './span-json.ts'

function encode(span: object): Uint8Array {
  return encodeJaegerSpanJson(Buffer.from(JSON.stringify(span)))
}

test('a span in JSON is the same span in protobuf', () => {
  for (const span of [
    sampleSpan(),
    ...kafkaSpans(20).map(span => ({ ...span, parentSpanId: '0'.repeat(16) })),
  ])
    assert.deepEqual(encodeJaegerSpanJson(jaegerSpanJson(span)), jaegerSpanProtobuf(span))
})

test('times keep their nanoseconds, whatever the zone', () => {
  const hex = (span: object): string => Buffer.from(encode(span)).toString('hex')
  const instant = (nanos: number): string => {
    const bytes = Buffer.from(encode({ startTime: `2025-11-20T12:00:00.${String(nanos).padStart(9, '0')}Z` }))
    return bytes.toString('hex')
  }
  assert.notEqual(instant(1), instant(0))
  assert.equal(hex({ startTime: '2025-11-20T13:30:00.5+01:30' }), instant(500_000_000))
  assert.notEqual(hex({ duration: '1s' }), hex({ duration: '1.000000001s' }))
})

test('what is no span is refused with its place', () => {
  for (const [span, message] of [
    [{ startTime: 5 }, /^startTime: 5 is no time$/],
    [{ startTime: '2025-13-20T12:00:00Z' }, /^startTime: /],
    [{ startTime: '2025-11-20T12:00:00.0000000001Z' }, /^startTime: /],
    [{ duration: '1.5' }, /^duration: "1.5" is no time$/],
    [{ logs: [{ timestamp: 'now' }] }, /^timestamp: "now" is no time$/],
    [{ tags: [{ key: 'a', vInt64: 'x' }] }, /^tags\[0\]\.vInt64: /],
    [{ traceId: '*' }, /^traceId: base64 expected/],
    [[], /an object \(Span\) expected, not an array/],
  ] as const)
    assert.throws(
      () => encode(span),
      (error: unknown) =>
        error instanceof WaybillError && error.code === 'BAD_JSON' && message.test(error.message),
      JSON.stringify(span),
    )
})
