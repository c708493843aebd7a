import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeJaegerBatch } from '../jaeger/index.ts'
import { encodeTraces } from '../otlp/index.ts'
import { arbitraryTraces } from '../otlp/traces.arbitrary.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { detectEncoding } from './encoding.ts'

const text = (value: string): Uint8Array => Buffer.from(value)
const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** A message of one span as Zipkin's proto3 or as Jaeger's model has it, from its fields of bytes. */
function message(...fields: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const writer = new ProtobufWriter()
  for (const [number, value] of fields) writer.raw(number * 8 + 2, value)
  return writer.finish()
}
const id8 = bytes('00 11 22 33 44 55 66 77')
const id16 = Buffer.concat([id8, id8])

test('OTLP protobuf is told from every other encoding, whatever is in it', () => {
  fc.assert(
    fc.property(arbitraryTraces, value => {
      const encoded = encodeTraces(value)
      fc.pre(encoded.length > 0)
      assert.equal(detectEncoding(encoded), 'otlp_proto')
      assert.equal(detectEncoding(text(JSON.stringify(value))), 'otlp_json')
    }),
  )
})

test('Zipkin proto3: a span begins with its ids, with and without a parent', () => {
  for (const traceId of [id8, id16])
    for (const parent of [[], [[2, id8] as const]]) {
      const span = message([1, traceId], ...parent, [3, id8], [5, text('get')])
      assert.equal(detectEncoding(message([1, span])), 'zipkin_proto')
      assert.equal(detectEncoding(message([1, span], [1, span])), 'zipkin_proto')
    }
})

test('a ResourceSpans whose fields happen to have the lengths of ids is OTLP still', () => {
  const resource = text('0123456789abcdef')
  assert.equal(detectEncoding(message([1, message([1, resource], [2, text('scope')])])), 'otlp_proto')
  assert.equal(detectEncoding(message([1, message([1, resource], [3, text('https://a')])])), 'otlp_proto')
  assert.equal(detectEncoding(message([1, message([1, resource.subarray(1)], [3, id8])])), 'otlp_proto')
  // No spans, and a schema URL as long as an id.
  assert.equal(detectEncoding(message([1, message([1, resource], [3, id8])])), 'otlp_proto')
})

test("Jaeger's model: a span alone", () => {
  assert.equal(detectEncoding(message([1, id16], [2, id8], [3, text('get')])), 'jaeger_proto')
  assert.equal(detectEncoding(message([1, id16], [2, id16])), 'otlp_proto')
})

test('JSON is told by its bracket and by names', () => {
  for (const [json, encoding] of [
    ['{"resourceSpans":[]}', 'otlp_json'],
    ['{}', 'otlp_json'],
    ['{"traceId":"AAAAAAAAAAAAAAAAAAAAAQ==","spanId":"AAAAAAAAAAE=","operationName":"get"}', 'jaeger_json'],
    ['[]', 'zipkin_json'],
    ['[{"traceId":"1","id":"2","localEndpoint":{"serviceName":"a"}}]', 'zipkin_json'],
    ['[{"traceId":"1","id":"2","annotations":[],"tags":{}}]', 'zipkin_json'],
    ['[{"traceId":"1","id":"2","annotations":[{"value":"sr","endpoint":{}}]}]', 'zipkin_json_v1'],
    ['[{"traceId":"1","id":"2","binaryAnnotations":[{"key":"a","endpoint":{}}]}]', 'zipkin_json_v1'],
  ] as const)
    assert.equal(detectEncoding(text(json)), encoding, json)
})

test('thrift is told by its first bytes', () => {
  const batch = encodeJaegerBatch({ process: { serviceName: 'shop' }, spans: [] })
  assert.equal(detectEncoding(batch), 'jaeger_thrift')
  assert.equal(detectEncoding(bytes('0c 00 00 00 01 0a 00 01')), 'zipkin_thrift')
  assert.equal(detectEncoding(bytes('0a 00 01 00 00 00 00 00 00 00 01')), 'zipkin_thrift')
})

test('what begins like nothing known is nothing', () => {
  for (const other of ['', ' []', 'hello', '\u0000', '"text"'])
    assert.equal(detectEncoding(text(other)), undefined, JSON.stringify(other))
})

test('bytes of any kind have an answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), random => {
      for (const first of [0x0a, 0x0c, 0x5b, 0x7b]) detectEncoding(Uint8Array.of(first, ...random))
    }),
  )
})
