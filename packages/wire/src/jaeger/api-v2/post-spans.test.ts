import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { decodeTraces, walkTraces } from '../../otlp/index.ts'
import { ProtobufWriter } from '../../protobuf/writer.ts'
import { batch } from '../batch.arbitrary.ts'
import { jaegerThriftToOtlp } from '../batch.ts'
import type { JaegerBatch, JaegerSpan } from '../encode.ts'
import { encodeJaegerBatch } from '../encode.ts'
import { encodeModelSpan, encodePostSpans } from './encode.ts'
import { jaegerPostSpansToOtlp, jaegerSpanToOtlp } from './post-spans.ts'

const sound: JaegerSpan = {
  traceIdLow: 1n,
  traceIdHigh: 2n,
  spanId: 3n,
  parentSpanId: 0n,
  operationName: 'op',
  flags: 1,
  startTime: 0n,
  duration: 0n,
}
const shop = { serviceName: 'shop' }

/** A span of which `write` adds fields to a sound one. */
function spanWith(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter()
  writer.append(encodeModelSpan(sound))
  write(writer)
  return writer.finish()
}

function refused(bytes: Uint8Array, message?: RegExp, transcode = jaegerPostSpansToOtlp): void {
  assert.throws(
    () => transcode(bytes),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError, String(error))
      assert.equal(error.code, 'BAD_PROTOBUF')
      assert.ok(error.position !== undefined && error.position <= bytes.length)
      if (message) assert.match(error.message, message)
      return true
    },
  )
}

test('one batch gives the same OTLP in protobuf as in thrift', () => {
  fc.assert(
    fc.property(batch, ({ process, spans }) => {
      const same: JaegerBatch = { process, spans: spans.map(span => ({ ...span, incomplete: false })) }
      assert.deepEqual(
        jaegerPostSpansToOtlp(encodePostSpans(same)),
        jaegerThriftToOtlp(encodeJaegerBatch(same)),
      )
    }),
  )
})

test('what the code that Jaeger generates for Go writes is read, and nothing lost', () => {
  const fixture = new URL('../fixtures/jaeger-idl-go-post-spans.bin', import.meta.url)
  const traces = decodeTraces(jaegerPostSpansToOtlp(readFileSync(fixture)))
  const resources = traces.resourceSpans.map(({ resource }) =>
    resource.attributes.map(({ key, value }) => `${key}=${'stringValue' in value ? value.stringValue : '?'}`),
  )
  assert.deepEqual(resources, [
    ['service.name=agent', 'host.name=node-17', 'opencensus.exporterversion=Jaeger-Go-2.30.0'],
    ['service.name=other'],
  ])
  const [outer, inner] = traces.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans[0]?.spans ?? [])
  const start = '1763640000123456789'
  assert.deepEqual(
    [
      outer?.name,
      outer?.kind,
      outer?.status.code,
      outer?.flags,
      outer?.startTimeUnixNano,
      outer?.endTimeUnixNano,
    ],
    ['outer', 4, 2, 1, start, '1763640000124956789'],
  )
  assert.deepEqual(outer?.attributes, [
    { key: 'size', value: { intValue: '-3' } },
    { key: 'ratio', value: { doubleValue: 0.5 } },
    { key: 'blob', value: { bytesValue: 'AP8=' } },
    { key: 'jaeger.warnings', value: { arrayValue: { values: [{ stringValue: 'clock skew' }] } } },
  ])
  assert.deepEqual(
    outer?.events.map(event => [event.name, event.timeUnixNano]),
    [['sent', start]],
  )
  assert.deepEqual(
    [inner?.parentSpanId, inner?.links.map(link => link.spanId), inner?.attributes[0]?.key],
    ['0000000000000003', ['0000000000000005'], 'jaeger.debug'],
  )
})

test('a span alone becomes a request with its own process', () => {
  const bytes = encodeModelSpan(sound, { serviceName: 'shop', tags: [{ key: 'hostname', vStr: 'node-17' }] })
  const expected = encodePostSpans({
    process: { serviceName: 'shop', tags: [{ key: 'hostname', vStr: 'node-17' }] },
    spans: [sound],
  })
  assert.deepEqual(jaegerSpanToOtlp(bytes), jaegerPostSpansToOtlp(expected))
})

test('spans stand together by their process, and those without one have that of the batch', () => {
  const request = new ProtobufWriter()
  const start = request.begin(1 * 8 + 2)
  const add = (operationName: string, serviceName?: string): void =>
    request.raw(
      1 * 8 + 2,
      encodeModelSpan({ ...sound, operationName }, serviceName === undefined ? undefined : { serviceName }),
    )
  add('a', 'shop')
  add('b')
  add('c', 'stock')
  add('d', 'stock')
  add('e', 'shop')
  request.raw(2 * 8 + 2, Uint8Array.of(0x0a, 1, 0x78))
  request.end(start)
  const { resourceSpans } = decodeTraces(jaegerPostSpansToOtlp(request.finish()))
  assert.deepEqual(
    resourceSpans.map(({ resource, scopeSpans }) => [
      resource.attributes[0]?.value,
      scopeSpans.flatMap(({ spans }) => spans.map(span => span.name)).join(),
    ]),
    [
      [{ stringValue: 'shop' }, 'a,e'],
      [{ stringValue: 'x' }, 'b'],
      [{ stringValue: 'stock' }, 'c,d'],
    ],
  )
})

test('times have nanoseconds, and the last that OTLP has room for is taken', () => {
  const at = (seconds: bigint, nanos: bigint, duration = 0n): Uint8Array =>
    spanWith(writer => {
      for (const [tag, seconds_, nanos_] of [
        [6 * 8 + 2, seconds, nanos],
        [7 * 8 + 2, 0n, duration],
      ] as const) {
        const message = writer.begin(tag)
        writer.varint64(1 * 8, seconds_)
        writer.varint64(2 * 8, nanos_)
        writer.end(message)
      }
    })
  const times = (bytes: Uint8Array): readonly string[] => {
    const [span] = decodeTraces(jaegerSpanToOtlp(bytes)).resourceSpans[0]?.scopeSpans[0]?.spans ?? []
    return [span?.startTimeUnixNano ?? '', span?.endTimeUnixNano ?? '']
  }
  const start = '1763640000123456789'
  assert.deepEqual(times(at(1_763_640_000n, 123_456_789n, 1n)), [start, '1763640000123456790'])
  assert.deepEqual(times(at(1_763_640_000n, 123_456_789n, 999_999_999n)), [start, '1763640001123456788'])
  assert.deepEqual(times(at(1_763_640_001n, 0n, -1n)), ['1763640001000000000', '1763640000999999999'])
  assert.deepEqual(times(at(18_446_744_073n, 709_551_615n)), [String(2n ** 64n - 1n), String(2n ** 64n - 1n)])
  for (const bytes of [at(18_446_744_073n, 709_551_616n), at(-1n, 999_999_999n), at(2n ** 63n - 1n, 0n)])
    refused(bytes, /before 1970 or after 2554/, jaegerSpanToOtlp)
})

test('warnings become an attribute', () => {
  const bytes = spanWith(writer => {
    writer.string(12 * 8 + 2, 'clock skew')
    writer.string(12 * 8 + 2, 'late')
  })
  const [span] = decodeTraces(jaegerSpanToOtlp(bytes)).resourceSpans[0]?.scopeSpans[0]?.spans ?? []
  assert.deepEqual(span?.attributes, [
    {
      key: 'jaeger.warnings',
      value: { arrayValue: { values: [{ stringValue: 'clock skew' }, { stringValue: 'late' }] } },
    },
  ])
})

test('what is no span is refused by name', () => {
  for (const [bytes, message] of [
    [encodeModelSpan({ ...sound, spanId: 0n }), /id is zero/],
    [encodeModelSpan({ ...sound, traceIdHigh: 0n, traceIdLow: 0n }), /trace id is zero/],
    [spanWith(writer => writer.raw(1 * 8 + 2, new Uint8Array(15))), /Span\.trace_id has 15 bytes, not 16/],
    [spanWith(writer => writer.raw(2 * 8 + 2, new Uint8Array(9))), /Span\.span_id has 9 bytes, not 8/],
    [spanWith(writer => writer.varint(1 * 8, 5)), /Span\.trace_id has wire type 0, not 2/],
    [spanWith(writer => writer.raw(3 * 8 + 2, Uint8Array.of(0xff))), /Span\.operation_name is not UTF-8/],
    [spanWith(writer => writer.raw(8 * 8 + 2, Uint8Array.of(0x10, 5))), /5 is no type of a tag/],
    [spanWith(writer => writer.raw(4 * 8 + 2, Uint8Array.of(0x18, 2))), /2 is no SpanRefType/],
    [spanWith(writer => writer.raw(4 * 8 + 2, Uint8Array.of(0x18, 1))), /a SpanRef without its ids/],
    [spanWith(writer => writer.tag(20 * 8 + 3)), /wire type 3, which nobody writes/],
    [spanWith(writer => writer.tag(2)), /a tag that no field has/],
    [Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07), /2147483647 bytes wanted, 0 left/],
    [Uint8Array.of(0x0a, ...Array(10).fill(0xff)), /more than 64 bits/],
    [Uint8Array.of(0x0a, ...Array(9).fill(0xff), 1), /length of more than 32 bits/],
  ] as const)
    refused(bytes, message, jaegerSpanToOtlp)
  refused(encodeJaegerBatch({ process: shop, spans: [sound] }))
})

test('a request that is cut short is refused, or ends between two fields', () => {
  fc.assert(
    fc.property(batch, batch => {
      const bytes = encodePostSpans(batch)
      for (let length = 1; length < bytes.length; length++) refused(bytes.subarray(0, length))
    }),
    { numRuns: 5 },
  )
})

test('damaged bytes are refused with a place, or give OTLP that the walk takes', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(batch, damage, (batch, changes) => {
      const bytes = Uint8Array.from(encodePostSpans(batch))
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte
      try {
        walkTraces(jaegerPostSpansToOtlp(bytes))
      } catch (error) {
        assert.ok(error instanceof WaybillError && error.code === 'BAD_PROTOBUF', String(error))
        assert.ok(error.position !== undefined && error.position <= bytes.length)
      }
    }),
    { numRuns: 1000 },
  )
})

test('unknown fields are stepped over, and an empty request has no spans', () => {
  const bytes = spanWith(writer => {
    writer.varint(99 * 8, 5)
    writer.string(100 * 8 + 2, 'x')
    writer.double(101 * 8 + 1, 1)
    writer.fixed32(102 * 8 + 5, 1)
  })
  assert.deepEqual(jaegerSpanToOtlp(bytes), jaegerSpanToOtlp(encodeModelSpan(sound)))
  assert.equal(jaegerPostSpansToOtlp(new Uint8Array(0)).length, 0)
  assert.equal(jaegerPostSpansToOtlp(encodePostSpans({ process: shop, spans: [] })).length, 0)
})
