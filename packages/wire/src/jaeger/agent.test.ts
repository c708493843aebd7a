import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { decodeTraces, walkTraces } from '../otlp/index.ts'
import { BinaryWriter } from '../thrift/binary-writer.ts'
import { CompactWriter } from '../thrift/compact-writer.ts'
import { maxThriftDepth, messageTypes, thriftTypes } from '../thrift/reader.ts'
import type { ThriftWriter } from '../thrift/writer.ts'
import { zipkinThriftToOtlp } from '../zipkin/index.ts'
import { jaegerAgentToOtlp } from './agent.ts'
import { batch } from './batch.arbitrary.ts'
import { jaegerThriftToOtlp } from './batch.ts'
import { encodeEmitBatch, encodeJaegerBatch } from './encode.ts'

const protocols = ['binary', 'compact'] as const

function refused(bytes: Uint8Array, message: RegExp = /^byte \d+: /): void {
  assert.throws(
    () => jaegerAgentToOtlp(bytes, 0),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError, String(error))
      assert.equal(error.code, 'BAD_THRIFT')
      assert.ok(error.position !== undefined && error.position <= bytes.length)
      assert.match(error.message, message)
      return true
    },
  )
}

/** A message in each protocol; `write` writes what follows its head. */
function messages(write: (writer: ThriftWriter) => void, name = 'emitBatch', type = 4): Uint8Array[] {
  return [new BinaryWriter(), new CompactWriter()].map(writer => {
    writer.message(name, type)
    write(writer)
    return writer.finish()
  })
}

test('one batch gives the same OTLP in either protocol, by UDP and by HTTP', () => {
  fc.assert(
    fc.property(batch, batch => {
      const posted = jaegerThriftToOtlp(encodeJaegerBatch(batch))
      for (const protocol of protocols)
        assert.deepEqual(jaegerAgentToOtlp(encodeEmitBatch(batch, protocol), 0), posted)
    }),
  )
})

test('a datagram that is cut short is refused', () => {
  fc.assert(
    fc.property(batch, fc.constantFrom(...protocols), (batch, protocol) => {
      const bytes = encodeEmitBatch(batch, protocol)
      for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length))
    }),
    { numRuns: 5 },
  )
})

test('damaged bytes are refused with a place, or give OTLP that the walk takes', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(batch, fc.constantFrom(...protocols), damage, (batch, protocol, changes) => {
      const bytes = Uint8Array.from(encodeEmitBatch(batch, protocol))
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte
      try {
        walkTraces(jaegerAgentToOtlp(bytes, 0))
      } catch (error) {
        assert.ok(error instanceof WaybillError && error.code === 'BAD_THRIFT', String(error))
        assert.ok(error.position !== undefined && error.position <= bytes.length)
      }
    }),
    { numRuns: 1000 },
  )
})

test('bytes of any kind are refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => refused(bytes)))
})

test('what real clients send is read', () => {
  const folder = new URL('fixtures/', import.meta.url)
  const read = readdirSync(folder)
    .filter(name => /-(?:compact|binary)[-\d]*\.bin$/.test(name))
    .map(name => {
      const otlp = jaegerAgentToOtlp(readFileSync(new URL(name, folder)), 0)
      walkTraces(otlp)
      const spans = decodeTraces(otlp).resourceSpans.flatMap(({ resource, scopeSpans }) => {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value
        assert.ok(service !== undefined)
        return scopeSpans.flatMap(scope => scope.spans.map(span => span.name))
      })
      return `${name}: ${spans.join(', ')}`
    })
  assert.deepEqual(read, [
    'jaeger-client-go-compact.bin: inner, outer',
    'jaeger-client-go-zipkin-compact.bin: get',
    'jaeger-client-node-binary.bin: inner, outer',
    'jaeger-client-python-compact.bin: inner, outer',
    'opencensus-python-compact-1.bin: inner',
    'opencensus-python-compact-2.bin: outer',
    'opentelemetry-python-compact.bin: inner, outer',
  ])
})

test("Zipkin's spans give the same OTLP in either protocol as where they are posted", () => {
  const arrivedMicros = 1_763_640_000_000_000
  const endpoint = (writer: ThriftWriter): void => {
    writer.field(4, thriftTypes.struct)
    writer.i32(1, 0x7f000001)
    writer.i16(2, -15_536)
    writer.string(3, 'shop')
    writer.stop()
  }
  const spans = (writer: ThriftWriter): void =>
    writer.structs(1, ['get', 'put'], name => {
      writer.i64(1, -5n)
      writer.string(3, name)
      writer.i64(4, 7n)
      writer.i64(5, 6n)
      writer.structs(8, [1], () => {
        writer.string(1, 'lc')
        writer.string(2, 'queue')
        writer.i32(3, 6)
        endpoint(writer)
      })
      writer.bool(9, true)
      writer.i64(12, 2n ** 62n)
    })
  const posted = new BinaryWriter()
  spans(posted)
  const expected = zipkinThriftToOtlp(posted.finish().subarray(3), arrivedMicros)
  const call = (writer: ThriftWriter): void => {
    spans(writer)
    writer.stop()
  }
  for (const bytes of messages(call, 'emitZipkinBatch')) {
    assert.deepEqual(jaegerAgentToOtlp(bytes, arrivedMicros), expected)
    for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length))
  }
  const names = decodeTraces(expected).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(span => `${span.name} ${span.startTimeUnixNano}`)),
  )
  assert.deepEqual(names, [`get ${arrivedMicros}000`, `put ${arrivedMicros}000`])
})

test('an older message of the binary protocol, without a version, is read', () => {
  const args = encodeEmitBatch({ process: { serviceName: 'shop' }, spans: [] }, 'binary').subarray(21)
  const name = Buffer.from('\0\0\0\x09emitBatch\x01\0\0\0\x07')
  assert.equal(jaegerAgentToOtlp(Buffer.concat([name, args]), 0).length, 0)
})

test('other methods, other messages and other versions are refused by name', () => {
  for (const bytes of messages(writer => writer.stop(), 'toString')) refused(bytes, /no method toString/)
  for (const bytes of messages(writer => writer.stop(), 'emitBatch', messageTypes.reply))
    refused(bytes, /type 2, which is no call/)
  for (const bytes of messages(writer => writer.stop())) refused(bytes, /emitBatch without its spans/)
  refused(Uint8Array.of(0x82, 0x82, 0, 0), /no message of version 1/)
  refused(Uint8Array.of(0x80, 2, 0, 4, 0, 0, 0, 0), /no version of the binary protocol: 8002/)
  refused(encodeJaegerBatch({ process: { serviceName: 'shop' }, spans: [] }))
})

test('a list that announces 2^31 spans is refused before anything is set aside for it', () => {
  const before = process.memoryUsage().arrayBuffers
  const head = Buffer.from([
    0x82,
    0x81,
    0x00,
    9,
    ...Buffer.from('emitBatch'),
    0x1c,
    0x1c,
    0x18,
    1,
    0x61,
    0,
    0x19,
  ])
  refused(
    Buffer.concat([head, Buffer.from([0xfc, 0xff, 0xff, 0xff, 0xff, 0x07])]),
    /2147483647 elements announced/,
  )
  refused(Buffer.concat([head, Buffer.from([0xfc, 0xff, 0xff, 0xff, 0xff, 0x7f])]), /more than 32 bits/)
  refused(Buffer.concat([head, Buffer.from([0xfc, ...Array(10).fill(0xff)])]), /more than 64 bits/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 10e6)
})

test('unknown fields of every type are stepped over, to a depth', () => {
  const nested =
    (depth: number) =>
    (writer: ThriftWriter): void => {
      for (let i = 0; i < depth; i++) writer.field(99, thriftTypes.struct)
      writer.bool(1, true)
      writer.bool(2, false)
      writer.double(3, 1.5)
      writer.i64(40, -(2n ** 63n))
      writer.string(41, Uint8Array.of(0xff))
      writer.structs(42, [1, 2], () => writer.i32(7, -1))
      writer.structs(43, [], () => undefined)
      for (let i = 0; i < depth; i++) writer.stop()
      writer.field(1, thriftTypes.struct)
      writer.field(1, thriftTypes.struct)
      writer.string(1, 'shop')
      writer.stop()
      writer.structs(2, [], () => undefined)
      writer.stop()
      writer.stop()
    }
  for (const bytes of messages(nested(maxThriftDepth - 3)))
    assert.equal(jaegerAgentToOtlp(bytes, 0).length, 0)
  for (const bytes of messages(nested(maxThriftDepth - 2))) refused(bytes, /nested more than 32 deep/)
})
