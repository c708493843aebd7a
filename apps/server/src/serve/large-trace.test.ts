import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { TraceResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import { storyTraceId, tellTrace } from '@waybill/model/story'
import type { FastifyInstance } from 'fastify'
import type { SpanPiece } from '../query/trace/span-slices.ts'
import { buildHttp } from './http.ts'
import type { Queries } from './queries.ts'

const pieceSize = 500
/** What the store gives for a trace, by the trace's id. */
const stories = {
  large: { id: storyTraceId(1), pieces: 4 },
  failing: { id: storyTraceId(2), pieces: 3 },
  endless: { id: storyTraceId(3), pieces: Number.POSITIVE_INFINITY },
} as const
const missing = storyTraceId(9)

const piece: SpanPiece = tellTrace(
  1,
  Array.from({ length: pieceSize }, (_, i) => ({ id: i + 1, at: [i, i + 1] as const, name: `step ${i}` })),
)

describe('a large trace over HTTP', () => {
  let app: FastifyInstance
  let port = 0
  let given = 0
  let isLeft = false
  const logged: string[] = []

  async function* piecesOf(traceId: TraceId): AsyncGenerator<SpanPiece> {
    const story = Object.values(stories).find(({ id }) => id === traceId)
    try {
      for (; given < (story?.pieces ?? 0); given++) yield piece
      if (traceId === stories.failing.id) throw new Error('the disk is gone')
    } finally {
      isLeft = true
    }
  }
  const open = async (traceId: TraceId) => {
    if (traceId === missing) return undefined
    const surroundings = async () => ({ messages: [], linksTo: [], linksFrom: [] })
    return { traceId, isWhole: false, bounds: [], pieces: piecesOf(traceId), surroundings }
  }

  before(async () => {
    const outlineOfTrace = async () => undefined
    const queries = {
      trace: open,
      spansOfTrace: open,
      outlineOfTrace,
      explain: {},
      pins: {},
    } as unknown as Queries
    const log = { error: (_: object, message: string) => void logged.push(message) }
    app = await buildHttp({ queries, log, webFolder: '/nonexistent' })
    await app.listen({ port: 0, host: '127.0.0.1' })
    port = (app.server.address() as AddressInfo).port
  })
  after(() => app.close())
  beforeEach(() => {
    given = 0
    isLeft = false
    logged.length = 0
  })

  const ask = async (path: string, encoding = 'identity') => {
    const sent = request({ port, path, headers: { 'accept-encoding': encoding } }).end()
    return new Promise<{
      status: number
      headers: IncomingHttpHeaders
      body: () => Promise<Buffer>
      end: () => void
    }>((resolve, reject) => {
      sent.on('error', reject)
      sent.on('response', response =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: () => buffer(response),
          end: () => void response.destroy(),
        }),
      )
    })
  }
  const forms = [
    ['native', (traceId: string) => apiPaths.trace(traceId)],
    ["Jaeger's", (traceId: string) => `/api/traces/${traceId}`],
  ] as const

  for (const [form, path] of forms) {
    test(`${form}: whole, and compressed as the client asks`, async () => {
      const bodies: string[] = []
      for (const [encoding, expand] of [
        ['identity', (body: Buffer) => body],
        ['gzip', gunzipSync],
        ['gzip, deflate, br, zstd', zstdDecompressSync],
      ] as const) {
        given = 0
        const answer = await ask(path(stories.large.id), encoding)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers['transfer-encoding'], 'chunked')
        bodies.push(expand(await answer.body()).toString())
      }
      const [plain = '', ...others] = bodies
      for (const other of others) assert.equal(other, plain)
      const parsed = JSON.parse(plain) as TraceResponse & { readonly data?: [{ readonly spans: object[] }] }
      assert.equal((parsed.data?.[0] ?? parsed.trace).spans.length, pieceSize * stories.large.pieces)
    })

    test(`${form}: a trace that is not stored is a 404`, async () => {
      const answer = await ask(path(missing))
      assert.equal(answer.status, 404)
      assert.match(String(await answer.body()), /not found|NOT_FOUND/)
    })

    for (const encoding of ['identity', 'gzip', 'zstd'])
      test(`${form}: an error on the way breaks the connection (${encoding})`, async () => {
        const answer = await ask(path(stories.failing.id), encoding)
        assert.equal(answer.status, 200)
        await assert.rejects(answer.body(), { code: 'ECONNRESET' })
        assert.deepEqual(logged, ['a request failed'])
      })

    for (const encoding of ['identity', 'gzip'])
      test(`${form}: nothing more is read for a client that is gone (${encoding})`, async () => {
        const answer = await ask(path(stories.endless.id), encoding)
        answer.end()
        while (!isLeft) await nextTurn()
        assert.deepEqual(logged, [])
      })

    test(`${form}: HEAD reads nothing`, async () => {
      for (const [traceId, status] of [
        [stories.endless.id, 200],
        [missing, 404],
      ] as const) {
        const answer = await app.inject({ method: 'HEAD', url: path(traceId) })
        assert.equal(answer.statusCode, status)
        assert.equal(answer.body, '')
      }
      assert.equal(given, 0)
    })

    test(`${form}: no more is read than the client takes`, async () => {
      const answer = await ask(path(stories.endless.id))
      // What the connection's buffers hold has been read once the number stays the same.
      for (let turns = 0, before = 0; turns < 500; turns = before === given ? turns + 1 : 0) {
        before = given
        await nextTurn()
      }
      assert.ok(given < 200, `${given} pieces`)
      answer.end()
      while (!isLeft) await nextTurn()
    })
  }

  test('a small answer is not compressed', async () => {
    const answer = await ask(apiPaths.trace(missing), 'gzip')
    assert.equal(answer.headers['content-encoding'], undefined)
  })
})
