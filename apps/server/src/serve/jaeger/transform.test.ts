import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { buildHttp } from '../http.ts'
import type { Queries } from '../queries.ts'
import type { LegacyTrace } from './trace-model.ts'
import { transformApart } from './transform-process.ts'
import { largestAtOnce, largestTransform } from './transform-routes.ts'

let app: FastifyInstance
const logged: string[] = []

before(async () => {
  const queries = { explain: {}, pins: {} } as unknown as Queries
  const log = { error: (_: object, message: string) => void logged.push(message) }
  app = await buildHttp({ queries, log, webFolder: '/nonexistent' })
  await app.listen({ port: 0, host: '127.0.0.1' })
})
after(() => app.close())

/** OTLP/JSON of so many traces of one span, with spaces behind up to `bytes`. */
function otlpJson({ traces, bytes = 0 }: { readonly traces: number; readonly bytes?: number }): Buffer {
  const hex = (id: number, digits: number) => id.toString(16).padStart(digits, '0')
  const spans = Array.from({ length: traces }, (_, i) => ({
    traceId: hex(i + 1, 32),
    spanId: hex(i + 1, 16),
    name: `step ${i}`,
    startTimeUnixNano: '1763640000000000000',
    endTimeUnixNano: '1763640000000005000',
    attributes: [{ key: 'order.id', value: { intValue: String(i) } }],
  }))
  const json = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  return Buffer.concat([json, Buffer.alloc(Math.max(0, bytes - json.length), ' ')])
}

const post = (body: Buffer, query = '') => app.inject({ method: 'POST', url: `/api/transform${query}`, body })
const tracesIn = (text: string) => (JSON.parse(text) as { readonly data: readonly LegacyTrace[] }).data

test('a body is answered the same by a process of its own as without it', async () => {
  for (const query of ['', '?prettyPrint=true']) {
    const atOnce = await post(otlpJson({ traces: 3, bytes: largestAtOnce }), query)
    const apart = await post(otlpJson({ traces: 3, bytes: largestAtOnce + 1 }), query)
    assert.equal(atOnce.statusCode, 200)
    assert.equal(tracesIn(atOnce.body).length, 3)
    assert.deepEqual(
      [apart.statusCode, apart.headers['content-type'], apart.body],
      [200, 'application/json', atOnce.body],
    )
  }
})

test('what is wrong with a body is told by a process of its own as without it', async () => {
  const wrong = Buffer.from('{"resourceSpans":[{"resource":7}]}')
  const atOnce = await post(wrong)
  const apart = await post(Buffer.concat([wrong, Buffer.alloc(largestAtOnce, ' ')]))
  assert.equal(atOnce.statusCode, 400)
  assert.match(atOnce.body, /cannot unmarshal OTLP : resourceSpans\[0\]\.resource: /)
  assert.deepEqual([apart.statusCode, apart.body], [400, atOnce.body])
})

test('the largest body is taken, one byte more is refused with the limit', async () => {
  const taken = await post(otlpJson({ traces: 1, bytes: largestTransform }))
  assert.equal(taken.statusCode, 200)
  assert.equal(tracesIn(taken.body).length, 1)
  const refused = await post(otlpJson({ traces: 1, bytes: largestTransform + 1 }))
  assert.equal(refused.statusCode, 413)
  assert.equal(refused.headers['content-type'], 'text/plain; charset=utf-8')
  assert.deepEqual(JSON.parse(refused.body).errors, [
    { code: 413, msg: `the body is larger than ${largestTransform} bytes` },
  ])
})

test('a body that takes too much memory is refused, at whatever step it does', async () => {
  const signal = new AbortController().signal
  const bodies = {
    parsed: `{"resourceSpans":[${'[],'.repeat(3_000_000)}[]]}`,
    'parsed digit for digit': `{"resourceSpans":[${'[1234567890123456789],'.repeat(500_000)}[]]}`,
    decoded: `{"resourceSpans":[${'{},'.repeat(500_000)}{}]}`,
  }
  for (const [step, json] of Object.entries(bodies))
    await assert.rejects(
      transformApart({ body: Buffer.from(json), isPretty: false }, signal, 32),
      { code: 'BODY_TOO_LARGE', message: 'to transform the body takes more than 32 MiB of memory' },
      step,
    )
})

test('a large file of traces leaves the event loop to others', async () => {
  const body = otlpJson({ traces: 20_000 })
  let turns = 0
  let isDone = false
  const counting = (async () => {
    while (!isDone) {
      turns++
      await nextTurn()
    }
  })()
  const answer = await post(body)
  isDone = true
  await counting
  assert.equal(tracesIn(answer.body).length, 20_000)
  // Done in one go it would be a dozen.
  assert.ok(turns > 200, `${turns} turns of the event loop`)
})

test('clients that go away hold up nobody, and are no failure', async () => {
  const { port } = app.server.address() as AddressInfo
  const body = otlpJson({ traces: 20_000 })
  const length = { 'content-length': body.length }
  const received = new Promise<void>(resolve => {
    app.server.once('request', message => message.once('end', resolve))
  })
  const leaving = request({ port, path: '/api/transform', method: 'POST', headers: length })
  leaving.on('error', () => {})
  const left = new Promise(resolve => leaving.once('close', resolve))
  leaving.end(body)
  await received
  leaving.destroy()
  await left
  const answer = await post(otlpJson({ traces: 2, bytes: largestAtOnce + 1 }))
  assert.equal(tracesIn(answer.body).length, 2)
  assert.deepEqual(logged, [])
})
