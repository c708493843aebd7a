import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TraceId } from '@waybill/model'
import { storyTraceId, tellTrace } from '@waybill/model/story'
import { fastify } from 'fastify'
import type { SpanPiece } from '../query/trace/span-slices.ts'
import { buildHttp } from './http.ts'
import type { Queries } from './queries.ts'
import { zipkinRoutes } from './zipkin/routes.ts'

const small = storyTraceId(1)
const large = storyTraceId(2)
const missing = storyTraceId(3)

/** The path of a search in each form, and how many spans of each trace an answer has. */
const forms = {
  "Jaeger's": {
    path: '/api/traces?service=shop',
    sizes: (body: string) =>
      (JSON.parse(body) as { data: readonly { spans: readonly object[] }[] }).data.map(
        ({ spans }) => spans.length,
      ),
  },
  api_v3: {
    path: '/api/v3/traces?query.startTimeMin=2026-01-01T00:00:00Z&query.startTimeMax=2027-01-01T00:00:00Z',
    sizes: (body: string) => {
      const { result } = JSON.parse(body) as {
        result: {
          resourceSpans: readonly { scopeSpans: readonly { spans: readonly { traceId: string }[] }[] }[]
        }
      }
      const spans = result.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(each => each.spans))
      return [...Map.groupBy(spans, span => span.traceId).values()].map(some => some.length)
    },
  },
  "Zipkin's": {
    path: '/zipkin/api/v2/traces',
    sizes: (body: string) => (JSON.parse(body) as readonly (readonly object[])[]).map(spans => spans.length),
  },
} as const

interface LargeTrace {
  readonly pieces: number
  /** Thrown after them. */
  readonly error?: Error
}

const pieceSize = 500

/** A server whose every search finds a small trace, a large one, one that has gone meanwhile, and the small one. */
async function serve(t: TestContext, { pieces, error }: LargeTrace) {
  const state = { given: 0, isLeft: false }
  const logged: string[] = []
  async function* piecesOfLarge(): AsyncGenerator<SpanPiece> {
    try {
      for (; state.given < pieces; state.given++)
        yield tellTrace(
          2,
          Array.from({ length: pieceSize }, (_, i) => {
            const id = state.given * pieceSize + i + 1
            return { id, at: [id, 1] as const, name: `step ${i}` }
          }),
        )
      if (error !== undefined) throw error
    } finally {
      state.isLeft = true
    }
  }
  const queries = {
    findTraceIds: async () => [small, large, missing, small],
    spansOfTraces: async () => new Map([[small, tellTrace(1, [{ id: 1, at: [0, 1] }])]]),
    spansOfTrace: async (traceId: TraceId) =>
      traceId === large ? { traceId, isWhole: false, bounds: [], pieces: piecesOfLarge() } : undefined,
    outlineOfTrace: async () => undefined,
    explain: {},
    pins: {},
  } as unknown as Queries
  const log = { error: (_: object, message: string) => void logged.push(message) }
  const app = await buildHttp({ queries, log, webFolder: '/nonexistent' })
  const zipkin = fastify()
  await zipkin.register(zipkinRoutes, {
    queries,
    log,
    now: Date.now,
    version: '0.0.0-test',
    checkStore: async () => undefined,
    allowsOrigin: () => false,
    webUrl: 'http://localhost/',
  })
  for (const server of [app, zipkin]) {
    await server.listen({ port: 0, host: '127.0.0.1' })
    t.after(() => server.close())
  }
  const ask = (path: string, method = 'GET'): Promise<IncomingMessage> => {
    const { port } = (path.startsWith('/zipkin') ? zipkin : app).server.address() as AddressInfo
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request({ port, path, method }, resolve).on('error', reject).end()
    return promise
  }
  return { ask, state, logged }
}

for (const [form, { path, sizes }] of Object.entries(forms)) {
  test(`${form}: a search answers large traces among small ones, whole`, async t => {
    for (const pieces of [1, 20]) {
      const { ask } = await serve(t, { pieces })
      const answer = await ask(path)
      assert.equal(answer.statusCode, 200)
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      const found = sizes(await text(answer))
      assert.deepEqual(found, form === 'api_v3' ? [2, pieces * pieceSize] : [1, pieces * pieceSize, 1])
    }
  })

  test(`${form}: no more is read than the client takes, and none for one that is gone`, async t => {
    const { ask, state, logged } = await serve(t, { pieces: Number.POSITIVE_INFINITY })
    const answer = await ask(path)
    // What the connection's buffers hold has been read once the number stays the same.
    for (let turns = 0, before = 0; turns < 500; turns = before === state.given ? turns + 1 : 0) {
      before = state.given
      await nextTurn()
    }
    assert.ok(state.given < 200, `${state.given} pieces`)
    answer.destroy()
    while (!state.isLeft) await nextTurn()
    assert.deepEqual(logged, [])
  })

  test(`${form}: an error is a status as long as it can be, then it breaks the connection`, async t => {
    const error = new Error('the disk is gone')
    const early = await serve(t, { pieces: 0, error })
    assert.equal((await early.ask(path)).statusCode, 500)
    const late = await serve(t, { pieces: 20, error })
    const answer = await late.ask(path)
    assert.equal(answer.statusCode, 200)
    await assert.rejects(text(answer), { code: 'ECONNRESET' })
    for (const { logged } of [early, late]) assert.deepEqual(logged, ['a request failed'])
  })

  test(`${form}: HEAD gives no body`, async t => {
    const { ask, state } = await serve(t, { pieces: Number.POSITIVE_INFINITY })
    const answer = await ask(path, 'HEAD')
    assert.equal(answer.statusCode, 200)
    assert.equal(await text(answer), '')
    while (!state.isLeft) await nextTurn()
  })
}

test("Jaeger's: ids that are asked for and not stored are named behind the traces", async t => {
  const { ask } = await serve(t, { pieces: 20 })
  const answer = await ask(`/api/traces?traceID=${missing}&traceID=${large}`)
  const { data, errors } = JSON.parse(await text(answer))
  assert.deepEqual(
    [data.length, errors],
    [1, [{ msg: 'trace not found', traceID: missing.replace(/^0{16}/, '') }]],
  )
})

test("Jaeger's: what is too large to be held is not indented", async t => {
  for (const path of [forms["Jaeger's"].path, `/api/traces/${large}?`]) {
    const { ask, state } = await serve(t, { pieces: Number.POSITIVE_INFINITY })
    const answer = await ask(`${path}&prettyPrint=true`)
    assert.equal(answer.statusCode, 422)
    assert.match(await text(answer), /more than 16777216 characters are not indented: leave out prettyPrint/)
    assert.ok(state.isLeft)
  }
  const { ask } = await serve(t, { pieces: 1 })
  const body = await text(await ask(`${forms["Jaeger's"].path}&prettyPrint=true`))
  assert.match(body, /^\{\n {4}"data": \[\n {8}\{\n/)
  assert.deepEqual(forms["Jaeger's"].sizes(body), [1, pieceSize, 1])
})
