import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { decodeTraces, walkTraces } from '../otlp/index.ts'
import { BinaryWriter } from '../thrift/binary-writer.ts'
import { maxThriftDepth, thriftTypes } from '../thrift/reader.ts'
import { batch } from './batch.arbitrary.ts'
import { jaegerThriftToOtlp } from './batch.ts'
import type { JaegerSpan } from './encode.ts'
import { encodeJaegerBatch } from './encode.ts'

test('any batch becomes OTLP that the walk takes, with every span and its ids', () => {
  fc.assert(
    fc.property(batch, batch => {
      const bytes = jaegerThriftToOtlp(encodeJaegerBatch(batch))
      assert.equal(walkTraces(bytes).spans, batch.spans.length)
      const spans = decodeTraces(bytes)
        .resourceSpans.flatMap(resource => resource.scopeSpans)
        .flatMap(scope => scope.spans)
      const hex = (value: bigint) => BigInt.asUintN(64, value).toString(16).padStart(16, '0')
      assert.deepEqual(
        spans.map(span => [span.traceId + span.spanId, span.startTimeUnixNano, span.endTimeUnixNano]).sort(),
        batch.spans
          .map(span => [
            hex(span.traceIdHigh) + hex(span.traceIdLow) + hex(span.spanId),
            String(span.startTime * 1000n),
            String((span.startTime + span.duration) * 1000n),
          ])
          .sort(),
      )
    }),
  )
})

test('a batch that is cut short is refused', () => {
  fc.assert(
    fc.property(batch, batch => {
      const bytes = encodeJaegerBatch(batch)
      for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length))
    }),
    { numRuns: 10 },
  )
})

test('damaged bytes are refused with a place, or give OTLP that the walk takes', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(batch, damage, (batch, changes) => {
      const bytes = Uint8Array.from(encodeJaegerBatch(batch))
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte
      try {
        walkTraces(jaegerThriftToOtlp(bytes))
      } catch (error) {
        assert.ok(error instanceof WaybillError && error.code === 'BAD_THRIFT', String(error))
        assert.ok(error.position !== undefined && error.position <= bytes.length)
      }
    }),
    { numRuns: 2000 },
  )
})

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

function withSpan(span: Partial<JaegerSpan>): Uint8Array {
  return encodeJaegerBatch({ process: { serviceName: 'shop' }, spans: [{ ...sound, ...span }] })
}

function refused(bytes: Uint8Array, message?: RegExp): void {
  assert.throws(
    () => jaegerThriftToOtlp(bytes),
    (error: unknown) => {
      assert.ok(error instanceof WaybillError)
      assert.equal(error.code, 'BAD_THRIFT')
      if (message) assert.match(error.message, message)
      return true
    },
  )
}

/** A batch whose process and spans `write` makes. */
function raw(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter()
  write(writer)
  writer.stop()
  return writer.finish()
}

test('ids of zeros are refused', () => {
  refused(withSpan({ traceIdLow: 0n, traceIdHigh: 0n }), /trace id is zero/)
  refused(withSpan({ spanId: 0n }), /id is zero/)
})

test('times from 1970 to 2554 are taken, others refused', () => {
  const last = 2n ** 64n / 1000n
  for (const taken of [
    { startTime: last },
    { startTime: 0n, duration: last },
    { startTime: 1n, duration: -1n },
  ])
    walkTraces(jaegerThriftToOtlp(withSpan(taken)))
  for (const refusedTime of [
    { startTime: last + 1n },
    { startTime: 1n, duration: last },
    { startTime: -1n },
    { startTime: 1n, duration: -2n },
    { startTime: 2n ** 63n - 1n, duration: 2n ** 63n - 1n },
    { startTime: -(2n ** 63n), duration: -(2n ** 63n) },
  ])
    refused(withSpan(refusedTime), /a time before 1970 or after 2554/)
})

test('a list longer than the bytes can hold is refused before anything is set aside for it', () => {
  for (const size of [2 ** 31 - 1, -1, 100]) {
    const bytes = Uint8Array.from(raw(writer => writer.structs(2, [], () => {})))
    new DataView(bytes.buffer).setInt32(4, size)
    const before = process.memoryUsage().arrayBuffers
    refused(bytes, /elements announced, 1 bytes left/)
    assert.ok(process.memoryUsage().arrayBuffers - before < 1e6)
  }
})

test('a string longer than the bytes is refused', () => {
  const bytes = Uint8Array.from(withSpan({}))
  const view = new DataView(bytes.buffer)
  view.setInt32(6, 2 ** 31 - 1)
  refused(bytes, /2147483647 bytes wanted/)
  view.setInt32(6, -1)
  refused(bytes, /a length of -1/)
})

test('text that is not UTF-8 is refused, bytes may be anything', () => {
  const bytes = Uint8Array.from(withSpan({ operationName: 'naïve' }))
  const place = Buffer.from(bytes).indexOf('ï')
  bytes[place + 1] = 0x20
  refused(bytes, new RegExp(`byte ${place - 2}: Span.operationName is not UTF-8`))
  jaegerThriftToOtlp(withSpan({ tags: [{ key: 'b', vBinary: new Uint8Array([0xff]) }] }))
})

test('a known field of another type is refused', () => {
  refused(
    raw(writer => writer.string(1, 'x')),
    /Batch.process has type 11, not 12/,
  )
  refused(
    raw(writer => {
      writer.structs(2, [0], () => writer.string(1, 'id'))
    }),
    /Span.traceIdLow has type 11, not 10/,
  )
})

test('missing fields are named', () => {
  refused(
    raw(() => {}),
    /Batch.process is missing/,
  )
  refused(
    raw(writer => writer.structs(2, [0], () => writer.i64(1, 1n))),
    /Span.traceIdHigh is missing/,
  )
  refused(
    raw(writer => {
      writer.field(1, thriftTypes.struct)
      writer.stop()
    }),
    /Process.serviceName is missing/,
  )
})

test('bytes after the batch are refused', () => {
  refused(Buffer.concat([withSpan({}), Buffer.from([0])]), /1 bytes after the end/)
})

test('a message of the agent protocol is no batch', () => {
  const call = Buffer.from([0x80, 0x01, 0, 4, 0, 0, 0, 9, ...Buffer.from('emitBatch'), 0, 0, 0, 0])
  refused(call, /which does not exist/)
})

test('unknown fields are stepped over, to a depth', () => {
  const nested = (depth: number) =>
    raw(writer => {
      writer.field(1, thriftTypes.struct)
      writer.string(1, 'shop')
      for (let i = 0; i < depth; i++) writer.field(99, thriftTypes.struct)
      for (let i = 0; i < depth; i++) writer.stop()
      writer.stop()
      writer.structs(2, [], () => {})
    })
  assert.equal(jaegerThriftToOtlp(nested(maxThriftDepth)).length, 0)
  refused(nested(maxThriftDepth + 1), /nested more than 32 deep/)
})

test('unknown fields of every type are stepped over', () => {
  const { bool, i8, double, i16, i32, i64, string, struct, map, set, list } = thriftTypes
  const values: readonly (readonly [number, readonly number[]])[] = [
    [bool, [1]],
    [i8, [1]],
    [double, [1, 2, 3, 4, 5, 6, 7, 8]],
    [i16, [1, 2]],
    [i32, [1, 2, 3, 4]],
    [i64, [1, 2, 3, 4, 5, 6, 7, 8]],
    [string, [0, 0, 0, 1, 65]],
    [struct, [bool, 0, 1, 1, 0]],
    [map, [i8, bool, 0, 0, 0, 1, 7, 1]],
    [set, [i8, 0, 0, 0, 2, 1, 2]],
    [list, [list, 0, 0, 0, 1, bool, 0, 0, 0, 1, 1]],
    [list, [0, 0, 0, 0, 0]],
  ]
  const batch = [...withSpan({})].slice(0, -1)
  for (const [type, value] of values) {
    const bytes = new Uint8Array([...batch, type, 0, 99, ...value, 0])
    assert.equal(walkTraces(jaegerThriftToOtlp(bytes)).spans, 1, `type ${type}`)
    refused(new Uint8Array([...batch, type, 0, 99, ...value.slice(0, -1)]))
  }
  refused(new Uint8Array([...batch, 5, 0, 99, 0, 0]), /a value of type 5, which does not exist/)
})
