import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { walkTraces } from '../otlp/index.ts'
import { thriftTypes } from '../thrift/reader.ts'
import { encodeZipkinProtobuf, encodeZipkinThrift, encodeZipkinV1Json } from './encode.ts'
import { zipkinJsonToOtlp } from './json.ts'
import { zipkinProtobufToOtlp } from './protobuf.ts'
import { arbitrarySpan, arbitraryV1Span } from './span.arbitrary.ts'
import { zipkinV1JsonToOtlp } from './v1-json.ts'
import { zipkinThriftToOtlp } from './v1-thrift.ts'

interface Format {
  readonly transcode: (bytes: Uint8Array, arrivedMicros: number) => Uint8Array
  readonly code: ErrorCode
  /** Bodies of one span at least. */
  readonly bodies: fc.Arbitrary<Uint8Array>
}

const v2 = fc.array(arbitrarySpan, { minLength: 1, maxLength: 3 })
const v1 = fc.array(arbitraryV1Span, { minLength: 1, maxLength: 3 })
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

const formats: Readonly<Record<string, Format>> = {
  'v2 JSON': { transcode: zipkinJsonToOtlp, code: 'BAD_JSON', bodies: v2.map(json) },
  'v2 protobuf': {
    transcode: zipkinProtobufToOtlp,
    code: 'BAD_PROTOBUF',
    bodies: v2.map(encodeZipkinProtobuf),
  },
  'v1 JSON': {
    transcode: zipkinV1JsonToOtlp,
    code: 'BAD_JSON',
    bodies: v1.map(encodeZipkinV1Json),
  },
  'v1 thrift': { transcode: zipkinThriftToOtlp, code: 'BAD_THRIFT', bodies: v1.map(encodeZipkinThrift) },
}

function isRefusal({ code }: Format, bytes: Uint8Array, error: unknown): void {
  assert.ok(error instanceof WaybillError && error.code === code, String(error))
  assert.ok(error.position !== undefined && error.position <= bytes.length)
}

for (const [name, format] of Object.entries(formats)) {
  test(`${name}: a body that is cut short is refused, or ends between two spans`, () => {
    fc.assert(
      fc.property(format.bodies, body => {
        for (let length = 1; length < body.length; length++) {
          const cut = body.subarray(0, length)
          try {
            walkTraces(format.transcode(cut, 1))
            assert.equal(name, 'v2 protobuf')
          } catch (error) {
            isRefusal(format, cut, error)
          }
        }
      }),
      { numRuns: 10 },
    )
  })

  test(`${name}: damaged bytes are refused with a place, or give OTLP that the walk takes`, () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(format.bodies, damage, (body, changes) => {
        const bytes = Uint8Array.from(body)
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte
        let request: Uint8Array
        try {
          request = format.transcode(bytes, 1)
        } catch (error) {
          return isRefusal(format, bytes, error)
        }
        walkTraces(request)
      }),
      { numRuns: 1000 },
    )
  })
}

test('a list of 2^31 is refused before anything is set aside for it', () => {
  const before = process.memoryUsage().arrayBuffers
  for (const size of [2 ** 31 - 1, -1, 100]) {
    const list = Buffer.from([thriftTypes.struct, 0, 0, 0, 0, 0])
    list.writeInt32BE(size, 1)
    assert.throws(() => zipkinThriftToOtlp(list, 1), /elements announced, 1 bytes left/)
  }
  const long = Buffer.from('0affffffff0f', 'hex')
  assert.throws(() => zipkinProtobufToOtlp(long, 1), /4294967295 bytes wanted, 0 left/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e6)
})

test('protobuf: ids of other lengths, wrong wire types and ports are refused by name', () => {
  const span = (hex: string): Uint8Array => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    return Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes])
  }
  for (const [hex, message] of [
    ['0a 07 01020304050607', /Span.trace_id has 7 bytes, not 16/],
    ['0a 08 0102030405060708', /a span without an id/],
    ['1a 08 0102030405060708', /a span without a trace id/],
    ['1a 04 01020304', /Span.id has 4 bytes, not 8/],
    ['12 04 01020304', /Span.parent_id has 4 bytes, not 8/],
    ['08 01', /Span.trace_id has wire type 0, not 2/],
    ['30 01', /Span.timestamp has wire type 0, not 1/],
    ['2a 01 ff', /Span.name is not UTF-8/],
    ['42 04 12 02 0101', /Endpoint.ipv4 has 2 bytes, not 4/],
    ['42 04 20 80 80 04', /Endpoint.port is 65536/],
    ['0b', /wire type 3, which nobody writes/],
  ] as const)
    assert.throws(() => zipkinProtobufToOtlp(span(hex), 1), message)
})
