import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, test } from 'node:test'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { collectSpans } from '../../testing/collect-spans.ts'
import { until } from '../../testing/until.ts'
import type { RequestOptions } from './rules.ts'
import { patchHttpServers } from './server.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

/** Serves one request with a server made before patching, and gives the answer. */
async function serve(
  options: RequestOptions,
  listener: RequestListener,
  path = '/',
  init?: RequestInit,
  knownMethods?: readonly string[],
): Promise<Response> {
  const server = createServer(listener)
  patchHttpServers(options, knownMethods)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init)
    await answer.text()
    return answer
  } finally {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
}

test('a request has a SERVER span, active while it is handled, that continues its caller', async () => {
  let active: string | undefined
  const answer = await serve(
    {},
    async (_, response) => {
      await Promise.resolve()
      active = trace.getActiveSpan()?.spanContext().spanId
      response.writeHead(404).end()
    },
    '/orders/1?secret=1',
    { headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'user-agent': 'test' } },
  )
  const span = await until('the span', () => spans.all()[0])
  assert.equal(span.name, 'GET')
  assert.equal(span.kind, SpanKind.SERVER)
  assert.equal(span.spanContext().traceId, 'a'.repeat(32))
  assert.equal(span.parentSpanContext?.spanId, 'b'.repeat(16))
  assert.equal(span.spanContext().spanId, active)
  assert.equal(span.status.code, SpanStatusCode.UNSET)
  assert.equal(answer.headers.get('traceresponse'), null)
  const { 'server.port': port, ...attributes } = span.attributes
  assert.equal(typeof port, 'number')
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'url.scheme': 'http',
    'url.path': '/orders/1',
    'network.protocol.version': '1.1',
    'server.address': '127.0.0.1',
    'client.address': '127.0.0.1',
    'user_agent.original': 'test',
    'http.response.status_code': 404,
  })
})

test('rules name, route and skip; patching again replaces them; the answer may tell the trace', async () => {
  const options: RequestOptions = {
    traceResponse: true,
    rules: [
      { method: 'POST', path: '/api/report', name: 'report_request' },
      { path: '/reports/*', route: '/reports/{id}' },
      { path: '*', skip: true },
    ],
  }
  const answered: RequestListener = (_, response) => void response.writeHead(200, { a: 'b' }).end()
  const answer = await serve(options, answered, '/api/report', { method: 'POST' })
  await serve(options, answered, '/reports/7')
  await serve(options, answered, '/api/report')
  await until('two spans', () => spans.all().length === 2)
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['report_request', 'GET /reports/{id}'],
  )
  const { traceId, spanId } = spans.one('report_request').spanContext()
  assert.equal(answer.headers.get('traceresponse'), `00-${traceId}-${spanId}-01`)
  assert.equal(answer.headers.get('a'), 'b')
  assert.equal(spans.one('GET /reports/{id}').attributes['http.route'], '/reports/{id}')
})

test('a method that is not known is _OTHER, its span an HTTP; a list of known ones stands for the whole', async () => {
  const answered: RequestListener = (_, response) => void response.end()
  const options = { rules: [{ method: 'PROPFIND', route: '/{path}' }] }
  const said = async (known?: readonly string[]) => {
    spans.clear()
    for (const [before, method] of ['QUERY', 'PROPFIND', 'POST'].entries()) {
      await serve(options, answered, '/', { method }, known)
      await until('its span', () => spans.all().length > before)
    }
    return spans
      .all()
      .map(({ name, attributes }) => [
        name,
        attributes['http.request.method'],
        attributes['http.request.method_original'],
      ])
  }
  assert.deepEqual(await said(), [
    ['QUERY', 'QUERY', undefined],
    ['HTTP /{path}', '_OTHER', 'PROPFIND'],
    ['POST', 'POST', undefined],
  ])
  assert.deepEqual(await said(['PROPFIND', 'post']), [
    ['HTTP', '_OTHER', 'QUERY'],
    ['PROPFIND /{path}', 'PROPFIND', undefined],
    ['HTTP', '_OTHER', 'POST'],
  ])
})

test('a server error marks the span, and a client that goes away ends it', async () => {
  await serve({}, (_, response) => void response.writeHead(503).end())
  const failed = await until('the span', () => spans.all()[0])
  assert.equal(failed.status.code, SpanStatusCode.ERROR)
  assert.equal(failed.attributes['error.type'], '503')
  spans.clear()
  const abort = new AbortController()
  await assert.rejects(serve({}, () => abort.abort(), '/', { signal: abort.signal }))
  await until('the span of the aborted request', () => spans.all().length === 1)
})
