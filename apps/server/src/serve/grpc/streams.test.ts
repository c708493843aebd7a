import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ServiceError } from '@grpc/grpc-js'
import { Client, credentials, status } from '@grpc/grpc-js'
import type { SpanId } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { storyTraceId, tellTrace } from '@waybill/model/story'
import type { Answer } from '../../grpc/reflective-client.ts'
import { reflect } from '../../grpc/reflective-client.ts'
import type { SpanPiece } from '../../query/trace/span-slices.ts'
import type { Queries } from '../queries.ts'
import { startQueryGrpc } from './start.ts'

const v2 = 'jaeger.api_v2.QueryService'
const v3 = 'jaeger.api_v3.QueryService'
const mebibyte = 1 << 20

interface Bench {
  readonly url: string
  readonly call: (service: string, method: string, request: object) => Promise<readonly Answer[]>
  readonly logged: readonly unknown[]
}

async function serve(t: TestContext, queries: Partial<Queries>): Promise<Bench> {
  const logged: unknown[] = []
  const log = { error: (details: object) => logged.push(details) }
  const at = { host: '127.0.0.1', port: 0, name: 'query-grpc', purpose: 'queries', setting: 'queryGrpc.port' }
  const outlineOfTrace = async () => undefined
  const all = { outlineOfTrace, ...queries } as Queries
  const server = await startQueryGrpc({ queries: all, log, maxClockSkew: 0 }, at)
  const client = await reflect(server.url)
  t.after(async () => {
    client.close()
    await server.close()
  })
  return { url: server.url, call: client.call, logged }
}

/** A trace of one piece with as many spans, each with as many bytes. */
function pieceOf(spans: number, bytes = 1): SpanPiece {
  const told = Array.from({ length: spans }, (_, i): StorySpan => {
    return { id: i + 1, at: [i, i + 1], attributes: { text: 'x'.repeat(bytes) } }
  })
  return tellTrace(1, told)
}

function readingOf(...pieces: readonly SpanPiece[]): Pick<Queries, 'spansOfTrace'> {
  return {
    spansOfTrace: async traceId => ({
      traceId,
      bounds: [],
      isWhole: pieces.length === 1,
      pieces: (async function* () {
        yield* pieces
      })(),
    }),
  }
}

const v2Request = { trace_id: Buffer.from(storyTraceId(1), 'hex') }
const v3Request = { trace_id: storyTraceId(1) }

async function v2Counts({ call }: Bench): Promise<readonly number[]> {
  const messages = await call(v2, 'GetTrace', v2Request)
  return messages.map(({ spans }) => spans.length)
}

async function v3Counts({ call }: Bench): Promise<readonly number[]> {
  const messages = await call(v3, 'GetTrace', v3Request)
  return messages.map(({ resource_spans }) => resource_spans[0].scope_spans[0].spans.length)
}

test('a trace comes in messages of so many spans', async t => {
  for (const [spans, inV2, inV3] of [
    [100, [100], [100]],
    [101, [100, 1], [101]],
    [500, [100, 100, 100, 100, 100], [500]],
    [501, [100, 100, 100, 100, 100, 1], [500, 1]],
  ] as const) {
    const bench = await serve(t, readingOf(pieceOf(spans)))
    assert.deepEqual(await v2Counts(bench), inV2)
    assert.deepEqual(await v3Counts(bench), inV3)
  }
})

test('messages of large spans stay below the 4 MiB that clients take', async t => {
  const bench = await serve(t, readingOf(pieceOf(8, mebibyte - 1_000)))
  // The first is not yet full, the second fills it.
  assert.deepEqual(await v2Counts(bench), [2, 2, 2, 2])
  assert.deepEqual(await v3Counts(bench), [2, 2, 2, 2])
  const three = await serve(t, readingOf(pieceOf(3, 3 * mebibyte)))
  assert.deepEqual(await v2Counts(three), [1, 1, 1])
  assert.deepEqual(await v3Counts(three), [1, 1, 1])
})

test('a trace that is read in pieces is sent piece by piece, each with its resources', async t => {
  const pieces = [1, 2, 3].map(number => {
    const { spans, ...rest } = pieceOf(2)
    return { ...rest, spans: spans.map(span => ({ ...span, name: `${number}` })) }
  })
  const bench = await serve(t, readingOf(...pieces))
  assert.deepEqual(await v2Counts(bench), [2, 2, 2])
  assert.deepEqual(await v3Counts(bench), [2, 2, 2])
  const messages = await bench.call(v2, 'GetTrace', v2Request)
  assert.deepEqual(
    messages.map(({ spans }) => spans[0].operation_name),
    ['1', '2', '3'],
  )
  assert.equal(messages[2].spans[1].process.service_name, 'missing-service-name')
})

test('nothing more is read once the client has left, and no faster than it takes it', async t => {
  let read = 0
  const left = Promise.withResolvers<void>()
  const piece = pieceOf(100, 1_000)
  const endless = async function* () {
    try {
      for (; ; read++) yield piece
    } finally {
      left.resolve()
    }
  }
  const { url } = await serve(t, {
    spansOfTrace: async traceId => ({ traceId, bounds: [], isWhole: false, pieces: endless() }),
  })
  const raw = new Client(url.replace('http://', ''), credentials.createInsecure())
  const bytes = (message: Buffer): Buffer => message
  // GetTraceRequest.trace_id = 1
  const request = Buffer.concat([Buffer.from([0x0a, 32]), Buffer.from(storyTraceId(1))])
  const call = raw.makeServerStreamRequest(`/${v3}/GetTrace`, bytes, bytes, request)
  call.on('error', () => {})
  await new Promise(resolve => call.once('data', resolve))
  call.pause()
  // Buffers fill up, then reading stops.
  for (let before = -1; before !== read; ) {
    before = read
    for (let turn = 0; turn < 1_000; turn++) await nextTurn()
  }
  assert.ok(read < 1_000, `${read} pieces were read for a client that takes none`)
  call.cancel()
  await left.promise
  raw.close()
})

test('a failure in the middle of a stream ends it, and only the log has its reason', async t => {
  const failing = async function* () {
    yield pieceOf(1)
    throw new Error('the disk is gone')
  }
  const bench = await serve(t, {
    spansOfTrace: async traceId => ({ traceId, bounds: [], isWhole: false, pieces: failing() }),
  })
  for (const call of [bench.call(v2, 'GetTrace', v2Request), bench.call(v3, 'GetTrace', v3Request)])
    await assert.rejects(call, { code: status.INTERNAL, details: 'the server failed to answer' })
  assert.equal(bench.logged.length, 2)
  assert.match(String((bench.logged[0] as { err: unknown }).err), /the disk is gone/)
})

test('errors have the codes of gRPC', async t => {
  for (const [code, expected] of [
    ['QUERY_TOO_LARGE', status.INVALID_ARGUMENT],
    ['BAD_PARAMETER', status.INVALID_ARGUMENT],
    ['NOT_FOUND', status.NOT_FOUND],
    ['SHUTTING_DOWN', status.UNAVAILABLE],
    ['INTERNAL', status.INTERNAL],
  ] as const) {
    const services = () => Promise.reject(new WaybillError(code, 'näme it'))
    const { call } = await serve(t, { services })
    for (const service of [v2, v3])
      await assert.rejects(call(service, 'GetServices', {}), (error: ServiceError) => {
        assert.equal(error.code, expected, code)
        assert.equal(error.details, 'näme it')
        return true
      })
  }
})

test('a filter is refused: to leave it out would answer more than was asked for', async t => {
  const findTraceIds = () => assert.fail('asked')
  const { call } = await serve(t, { findTraceIds })
  const time = { seconds: '1700000000' }
  const filter = { op: 'eq', args: [{ attr: { key: 'a' } }, { scalar: { value: '1' } }] }
  const query = { start_time_min: time, start_time_max: { seconds: '1700000001' }, filter }
  for (const method of ['FindTraces', 'FindTraceSummaries'])
    await assert.rejects(call(v3, method, { query }), {
      code: status.INVALID_ARGUMENT,
      details: /^filter is not supported/,
    })
})

test('times and limits of a search reach the store as they were meant', async t => {
  const asked: unknown[] = []
  const { call } = await serve(t, {
    findTraceIds: async ({ range, limit }) => {
      asked.push([range.startUnixNano, range.endUnixNano, limit])
      return []
    },
  })
  const latest = '9223372036854775000'
  for (const [query, expected] of [
    [{}, ['0', latest, 100]],
    [{ search_depth: 1 }, ['0', latest, 1]],
    [{ search_depth: 1500 }, ['0', latest, 1500]],
    [{ search_depth: 1501 }, ['0', latest, 1500]],
    [{ start_time_min: { seconds: '1', nanos: 5 } }, ['1000000005', latest, 100]],
    [{ start_time_min: { seconds: '-5' }, start_time_max: { seconds: '9999999999' } }, ['0', latest, 100]],
    [{ start_time_max: { seconds: '2' } }, ['0', '2000000000', 100]],
    [
      { start_time_min: { seconds: '2' }, start_time_max: { seconds: '2' } },
      ['2000000000', '2000000000', 100],
    ],
  ] as const) {
    assert.deepEqual(await call(v2, 'FindTraces', { query }), [])
    assert.deepEqual(asked.pop(), expected)
  }
  const negative = { query: { duration_min: { seconds: '-1' } } }
  await assert.rejects(call(v2, 'FindTraces', negative), { details: 'duration_min must not be negative' })
})

test('api_v2: a reference to a trace alone has the bytes of a span id all the same', async t => {
  const piece = pieceOf(1)
  const link = {
    traceId: storyTraceId(2),
    spanId: '' as SpanId,
    traceState: '',
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0,
  }
  const linked = { ...piece, spans: piece.spans.map(span => ({ ...span, links: [link] })) }
  const { call } = await serve(t, readingOf(linked))
  const [message] = await call(v2, 'GetTrace', v2Request)
  const [reference] = message?.['spans'][0].references ?? []
  assert.equal(Buffer.from(reference.span_id, 'base64').length, 8)
})
