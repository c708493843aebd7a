import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline } from '@waybill/example-testing/traces'
import { servePage } from './page/server.ts'
import { questions } from './questions.ts'
import { sayHelloStatus } from './testing/grpc.ts'
import type { TestSystem } from './testing/system.ts'
import { startSystem } from './testing/system.ts'

let system: TestSystem
before(async () => {
  system = await startSystem()
})
after(() => system?.stop())

interface Refusal {
  readonly error?: string
  readonly traceId?: string
}

const longest = 'n'.repeat(64)

test('a name of 1 to 64 characters is greeted, others are refused, and nobody else is asked', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  for (const service of ['gotest', 'flask_sample'] as const) {
    const url = `${system.hello.urls[service]}/hello`
    for (const name of ['n', longest, 'ü'.repeat(64)])
      assert.equal((await fetch(`${url}?name=${encodeURIComponent(name)}`)).status, 200, name)
    for (const name of ['', `${longest}n`]) {
      const response = await fetch(`${url}?name=${name}`)
      const { error, traceId = '' } = (await response.json()) as Refusal
      assert.deepEqual([response.status, error], [400, 'name has 1 to 64 characters'])
      const trace = await system.waybill.trace(traceId, 1)
      assert.equal(outline(trace).length, 1)
      assert.equal(trace.trace.spans[0]?.status.code, 'error')
    }
  }
})

test('what is no query, path, method or context is refused', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { gotest, flask_sample: flask } = system.hello.urls
  const wrong: readonly (readonly [status: number, url: string, init?: RequestInit])[] = [
    [400, `${gotest}/hello?name=%zz`],
    [400, `${gotest}/hello?name=%ff`],
    [400, `${gotest}/model?customer=`],
    [400, `${gotest}/model?customer=${longest}n`],
    [404, `${gotest}/`],
    [404, `${flask}/`],
    [405, `${gotest}/sub`, { method: 'POST', body: '{' }],
    [405, `${flask}/hello`, { method: 'POST', body: '{' }],
    [400, `${flask}/model/e`],
    [400, `${flask}/model/e`, { headers: { 'uber-trace-id': 'none' } }],
    [400, `${flask}/model/e`, { headers: { 'uber-trace-id': '1:2:3:nothing' } }],
  ]
  for (const [status, url, init] of wrong) {
    const response = await fetch(url, init)
    await response.arrayBuffer()
    assert.equal(response.status, status, url)
  }
  assert.equal((await fetch(`${gotest}/model?customer=${longest}`)).status, 200)
})

test('a context that cannot be read starts a trace', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const headers = { traceparent: '00-none-of-this-01' }
  const response = await fetch(`${system.hello.urls.gotest}/sub`, { headers })
  const { traceId = '' } = (await response.json()) as Refusal
  assert.deepEqual(outline(await system.waybill.trace(traceId, 1)), ['gotest sub'])
})

test('a caller of today takes part: its traceparent goes on to the last service', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const traceId = 'c'.repeat(31).concat('1')
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
  const response = await fetch(`${system.hello.urls.flask_sample}/hello`, { headers })
  assert.equal(response.status, 200)
  const trace = await system.waybill.trace(traceId, 8)
  assert.equal(trace.trace.spans.filter(({ service }) => service === 'gotest').length, 2)
  assert.equal(trace.trace.spans[0]?.parentSpanId, '00f067aa0ba902b7')
})

test('gRPC: an empty name is INVALID_ARGUMENT, which the span says; health has no spans', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { grpc, urls } = system.hello
  // HelloRequest: field 1, a text of one byte.
  assert.equal(await sayHelloStatus(grpc, Buffer.from([0x0a, 1, 0x61])), '0')
  assert.equal(await sayHelloStatus(grpc, Buffer.alloc(0)), '3')
  for (const url of Object.values(urls)) assert.equal((await fetch(`${url}/health`)).status, 200)
  const [traceId = ''] = await system.waybill.find('name:Recv.helloworld.Greeter.SayHello is:error', 1)
  const { trace } = await system.waybill.trace(traceId, 1)
  const [span] = trace.spans
  assert.ok(span)
  assert.equal(trace.spans.length, 1)
  assert.deepEqual(
    [attributesOf(span)['status.code'], attributesOf(span)['status.message']],
    [3, 'a name, please'],
  )
  assert.deepEqual(await system.waybill.spans('http.path:/health'), [])
})

test('the page asks every question, and links to the trace of the answer', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { waybill, hello } = system
  const page = servePage(hello, `${waybill.url}/`)
  assert.match((await page.inject('/')).body, /<title>Hello<\/title>/)
  assert.deepEqual((await page.inject('/page.json')).json(), { leftOut: [], questions })
  const answers = await Promise.all(
    questions.map(async ({ id }) => (await page.inject({ method: 'POST', url: `/questions/${id}` })).json()),
  )
  assert.deepEqual(
    answers.map(({ httpStatus }) => httpStatus),
    [200, 200, 200, 400],
  )
  const spans = await Promise.all(
    answers.map(async ({ url }, i) => {
      const [base, traceId = ''] = String(url).split('/trace/')
      assert.equal(base, waybill.url)
      return outline(await waybill.trace(traceId, [8, 7, 8, 1][i] ?? 0)).length
    }),
  )
  assert.deepEqual(spans, [8, 7, 8, 1])
  assert.equal((await page.inject({ method: 'POST', url: '/questions/none' })).statusCode, 404)
  await page.close()
})
