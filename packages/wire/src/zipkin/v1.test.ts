import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BinaryWriter } from '../thrift/binary-writer.ts'
import { decodedTrace } from './decoded-trace.ts'
import { zipkinSpans } from './from-trace.ts'
import type { ZipkinSpan } from './span.ts'
import { zipkinV1JsonToOtlp } from './v1-json.ts'
import { zipkinThriftToOtlp } from './v1-thrift.ts'

const endpoint = { serviceName: 'Front', ipv4: '10.0.0.1', port: 8080 }
const span = { traceId: '1', id: '2', name: 'GET', timestamp: 100, duration: 50 }

const fromJson = (...spans: readonly object[]): readonly ZipkinSpan[] =>
  zipkinSpans(decodedTrace(zipkinV1JsonToOtlp(Buffer.from(JSON.stringify(spans)), 1)))

test('JSON: a call with its peer, its tags and its error', () => {
  assert.deepEqual(
    fromJson({
      ...span,
      parentId: '3',
      debug: true,
      annotations: [
        { timestamp: 100, value: 'cs', endpoint },
        { timestamp: 110, value: 'retry', endpoint },
        { timestamp: 150, value: 'cr', endpoint },
      ],
      binaryAnnotations: [
        { key: 'error', value: 'timeout', endpoint },
        { key: 'http.status_code', value: 504, type: 'I16', endpoint },
        { key: 'cached', value: false, endpoint },
        { key: 'nothing', value: null, endpoint },
        { key: 'sa', value: true, endpoint: { serviceName: 'db', ipv6: '::1' } },
      ],
    }),
    [
      {
        traceId: '1'.padStart(16, '0'),
        parentId: '3'.padStart(16, '0'),
        id: '2'.padStart(16, '0'),
        kind: 'CLIENT',
        name: 'get',
        timestamp: 100,
        duration: 50,
        localEndpoint: { serviceName: 'front', ipv4: '10.0.0.1', port: 8080 },
        remoteEndpoint: { serviceName: 'db', ipv6: '::1' },
        annotations: [{ timestamp: 110, value: 'retry' }],
        tags: { cached: 'false', error: 'timeout', 'http.status_code': '504' },
        debug: true,
      },
    ],
  )
})

test('JSON: addresses may be true as text; one that is false, or of nobody, says nothing', () => {
  const remote = (value: unknown, at?: object) =>
    fromJson({ ...span, binaryAnnotations: [{ key: 'sa', value, endpoint: at }] })[0]?.remoteEndpoint
  assert.deepEqual(remote(true, { serviceName: 'db' }), { serviceName: 'db' })
  assert.deepEqual(remote('true', { serviceName: 'db' }), { serviceName: 'db' })
  assert.equal(remote(true), undefined)
  assert.equal(remote(false, { serviceName: 'db' }), undefined)
})

test('JSON: v2 spans are told where to go, faults are named', () => {
  for (const [body, message] of [
    [{ ...span, localEndpoint: {} }, /localEndpoint belongs to v2 spans, which go to \/api\/v2\/spans/],
    [{ ...span, tags: {} }, /tags belongs to v2 spans/],
    [{ ...span, annotations: [{ value: 'cs' }] }, /an annotation without its timestamp/],
    [{ ...span, annotations: [{ timestamp: 1 }] }, /an annotation without its value/],
    [{ ...span, binaryAnnotations: [{ value: 'x' }] }, /a binary annotation without its key/],
    [{ ...span, binaryAnnotations: [{ key: 'x', value: [] }] }, /binaryAnnotations.value is no text/],
    [{ ...span, traceId: '0' }, /a span without a trace id/],
  ] as const)
    assert.throws(() => fromJson(body), message)
})

function thrift(write: (writer: BinaryWriter) => void): readonly ZipkinSpan[] {
  const writer = new BinaryWriter()
  writer.structs(0, [0], () => {
    writer.i64(1, 1n)
    writer.i64(4, 2n)
    write(writer)
  })
  return zipkinSpans(decodedTrace(zipkinThriftToOtlp(writer.finish().subarray(3), 1)))
}

test('thrift: values of every type become text', () => {
  const int = (bytes: number, value: number): Uint8Array => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6))
    return buffer
  }
  const double = Buffer.alloc(8)
  double.writeDoubleBE(-0.5)
  const values: readonly (readonly [string, number, Uint8Array | string])[] = [
    ['bool', 0, Uint8Array.of(1)],
    ['bytes', 1, Uint8Array.of(0xff, 0)],
    ['text', 1, 'readable'],
    ['i16', 2, int(2, -7)],
    ['i32', 3, int(4, 504)],
    ['i64', 4, int(8, 1e12)],
    ['double', 5, double],
    ['string', 6, 'grün'],
    ['wrong size', 3, 'abc'],
  ]
  const [found] = thrift(writer =>
    writer.structs(8, values, ([key, type, value]) => {
      writer.string(1, key)
      writer.string(2, value)
      writer.i32(3, type)
    }),
  )
  assert.deepEqual(found?.tags, {
    bool: 'true',
    bytes: '/wA=',
    double: '-0.5',
    i16: '-7',
    i32: '504',
    i64: '1000000000000',
    string: 'grün',
    text: 'readable',
    'wrong size': 'abc',
  })
})

test('thrift: what lacks its value is stepped over, as by Zipkin’s server', () => {
  const [found] = thrift(writer => {
    writer.structs(6, [1, 2], which => (which === 1 ? writer.i64(1, 5n) : writer.string(2, 'x')))
    writer.structs(8, [1, 2], which => writer.string(which, 'x'))
  })
  assert.deepEqual([found?.annotations, found?.tags], [undefined, undefined])
})

test('thrift: one span without a list around it', () => {
  const writer = new BinaryWriter()
  writer.i64(1, 1n)
  writer.i64(4, 2n)
  writer.stop()
  const [found] = zipkinSpans(decodedTrace(zipkinThriftToOtlp(writer.finish(), 1)))
  assert.equal(found?.id, '2'.padStart(16, '0'))
})
