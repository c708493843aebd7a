import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Client, credentials, status } from '@grpc/grpc-js'
import { storyTraceId } from '@waybill/model/story'
import { ProtobufWriter } from '@waybill/wire/protobuf'
import fc from 'fast-check'
import type { Listening } from '../../listen.ts'
import type { Queries, SearchRequest } from '../queries.ts'
import { startQueryGrpc } from './start.ts'

const asked: SearchRequest[] = []
const queries = {
  spansOfTrace: async () => undefined,
  findTraceIds: async (request: SearchRequest) => {
    asked.push(request)
    return []
  },
  spansOfTraces: async () => new Map(),
} as unknown as Queries

let server: Listening
let client: Client
before(async () => {
  const at = { host: '127.0.0.1', port: 0, name: 'query-grpc', purpose: 'queries', setting: 'queryGrpc.port' }
  const log = { error: (details: object) => assert.fail(`logged ${JSON.stringify(details)}`) }
  server = await startQueryGrpc({ queries, log, maxClockSkew: 0 }, at)
  client = new Client(server.url.replace('http://', ''), credentials.createInsecure())
})
after(async () => {
  client.close()
  await server.close()
})
beforeEach(() => asked.splice(0))

/** Sends bytes as a request of a method with a stream of answers, and tells the code that ends it. */
function send(method: string, request: Uint8Array): Promise<status> {
  const bytes = (message: Buffer): Buffer => message
  return new Promise(resolve => {
    client
      .makeServerStreamRequest(`/jaeger.${method}`, bytes, bytes, Buffer.from(request))
      .on('data', () => {})
      .on('error', () => {})
      .on('status', ({ code }) => resolve(code))
  })
}

const v2Find = 'api_v2.QueryService/FindTraces'
const v3Find = 'api_v3.QueryService/FindTraces'
const v2Get = 'api_v2.QueryService/GetTrace'
const v3Get = 'api_v3.QueryService/GetTrace'

function bytes(write: (writer: ProtobufWriter) => void): Uint8Array {
  const writer = new ProtobufWriter()
  write(writer)
  return writer.finish()
}

test('bytes that are no message are refused, whatever they pretend to hold', async () => {
  const broken = {
    'a length beyond the message': '0a7f',
    'a length of 2^31': '0a8080808008',
    'a length of 2^63': '0affffffffffffffff7f',
    'an endless varint': '20ffffffffffffffffffffff',
    'a wire type that there is not': '4f00',
    'a group without an end': '0b08',
    'a nested message that is cut short': '0a050a03ff',
  }
  for (const [what, hex] of Object.entries(broken))
    for (const method of [v2Find, v2Get])
      assert.equal(await send(method, Buffer.from(hex, 'hex')), status.INTERNAL, `${method}: ${what}`)
})

test('a filter that nests without end is refused', async () => {
  const nested = (depth: number): Uint8Array =>
    // Call = op:1 args:2*, Expression = call:6
    depth === 0
      ? new Uint8Array()
      : bytes(writer =>
          writer.raw(
            0x12,
            bytes(argument => argument.raw(0x32, nested(depth - 1))),
          ),
        )
  for (const depth of [1, 20, 1_500]) {
    // FindTracesRequest.query = 1, TraceQueryParameters.filter = 10
    const request = bytes(writer =>
      writer.raw(
        0x0a,
        bytes(query => query.raw(0x52, nested(depth))),
      ),
    )
    const code = await send(v3Find, request)
    assert.ok([status.INVALID_ARGUMENT, status.INTERNAL].includes(code), `${depth}: ${code}`)
  }
})

test('requests up to 16 KiB are taken', async () => {
  // TraceQueryParameters.service_name = 1
  const request = (length: number) => {
    const query = bytes(writer => writer.string(0x0a, 'x'.repeat(length)))
    return bytes(writer => writer.raw(0x0a, query))
  }
  const overhead = request(16_000).length - 16_000
  assert.equal(await send(v2Find, request(16_384 - overhead)), status.OK)
  assert.equal(await send(v2Find, request(16_385 - overhead)), status.RESOURCE_EXHAUSTED)
})

test('trace ids of every length are taken or named', async () => {
  for (const length of [0, 1, 7, 8, 9, 15, 16, 17, 1000]) {
    const request = bytes(writer => writer.raw(0x0a, Buffer.alloc(length, 1)))
    const expected = length === 8 || length === 16 ? status.NOT_FOUND : status.INVALID_ARGUMENT
    assert.equal(await send(v2Get, request), expected, `${length} bytes`)
  }
  const texts = { [storyTraceId(1)]: status.OK, '': status.INVALID_ARGUMENT, '\0': status.INVALID_ARGUMENT }
  for (const [text, expected] of Object.entries(texts))
    assert.equal(
      await send(
        v3Get,
        bytes(writer => writer.string(0x0a, text)),
      ),
      expected,
      text,
    )
})

test('times and durations of any size stay within what the store can compare', async () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const time = fc.record({
    seconds: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), int64),
    nanos: fc.integer().map(BigInt),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(4, 5, 6, 7), time), { maxLength: 4 }), async times => {
      asked.splice(0)
      const query = bytes(writer => {
        for (const [field, { seconds, nanos }] of times) {
          const start = writer.begin(field * 8 + 2)
          writer.varint64(0x08, seconds)
          writer.varint64(0x10, nanos)
          writer.end(start)
        }
      })
      const code = await send(
        v2Find,
        bytes(writer => writer.raw(0x0a, query)),
      )
      assert.ok([status.OK, status.INVALID_ARGUMENT].includes(code), String(code))
      for (const { range, query: tree } of asked) {
        for (const end of [range.startUnixNano, range.endUnixNano]) {
          assert.match(end, /^\d+$/)
          assert.ok(BigInt(end) < 2n ** 63n)
        }
        for (const number of JSON.stringify(tree).match(/-?\d{2,}/g) ?? [])
          assert.ok(BigInt(number) >= 0n && BigInt(number) < 2n ** 63n, number)
      }
    }),
    { numRuns: 200 },
  )
})

test('random bytes never end a call in another way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async request => {
      for (const method of [v2Find, v2Get, v3Find, v3Get]) {
        const code = await send(method, request)
        const known = [status.OK, status.INVALID_ARGUMENT, status.INTERNAL, status.NOT_FOUND].includes(code)
        assert.ok(known, `${method}: ${code}`)
      }
    }),
    { numRuns: 100 },
  )
})
