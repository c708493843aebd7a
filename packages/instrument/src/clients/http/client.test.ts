import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer, get, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { codecPropagator } from '../../formats.ts'
import { handleMessage } from '../../process.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { active, kafkaRoute, traceparent } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'
import { patchHttpClients } from './client.ts'

const spans = collectSpans()
const seen: IncomingHttpHeaders[] = []
const server = createServer((request, response) => {
  seen.push(request.headers)
  response.writeHead(request.url === '/gone' ? 410 : 200).end('answer')
})
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  spans.clear()
  seen.length = 0
})

async function getText(path: string, headers = {}): Promise<string> {
  const [response] = await once(get(url + path, { headers }), 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}

const ways: Readonly<Record<string, (path: string, headers?: Record<string, string>) => Promise<string>>> = {
  fetch: async (path, headers) => (await fetch(url + path, { headers: headers ?? {} })).text(),
  'http.get': getText,
}

for (const [way, request] of Object.entries(ways)) {
  test(`${way}: a request has a CLIENT span, child of what is active, whose context it carries`, async () => {
    patchHttpClients()
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
    const parent = propagation.setBaggage(active('a'), baggage)
    assert.equal(await context.with(parent, () => request('/orders/1?secret=1')), 'answer')
    const span = spans.one('GET')
    assert.equal(span.kind, SpanKind.CLIENT)
    assert.equal(span.parentSpanContext?.spanId, 'a'.repeat(16))
    assert.deepEqual(span.attributes, {
      'http.request.method': 'GET',
      'url.full': `${url}/orders/1`,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(url).port),
      'http.response.status_code': 200,
    })
    assert.equal(seen[0]?.['traceparent'], `00-${'a'.repeat(32)}-${span.spanContext().spanId}-01`)
    assert.equal(seen[0]?.['baggage'], 'tenant=a')
  })

  test(`${way}: what a handler asks of other services belongs to its message, without a line`, async () => {
    patchHttpClients()
    const message = { headers: { traceparent: traceparent('c') }, original: {} }
    await handleMessage(kafkaRoute(), message, () => request('/'))
    assert.equal(seen[0]?.['traceparent']?.slice(3, 35), 'c'.repeat(32))
    assert.equal(spans.one('GET').parentSpanContext?.spanId, spans.one('process orders').spanContext().spanId)
  })

  test(`${way}: errors are failures, a context of the application stays, rules name and skip`, async () => {
    patchHttpClients({
      rules: [
        { path: '/orders/*', route: '/orders/{id}' },
        { path: '/skip', skip: true },
      ],
    })
    await request('/gone')
    assert.deepEqual(
      [spans.one('GET').status.code, spans.one('GET').attributes['error.type']],
      [SpanStatusCode.ERROR, '410'],
    )
    await request('/orders/7', { Traceparent: traceparent('b') })
    assert.equal(spans.one('GET /orders/{id}').attributes['url.template'], '/orders/{id}')
    assert.equal(seen[1]?.['traceparent'], traceparent('b'))
    spans.clear()
    await context.with(active('d'), () => request('/skip'))
    assert.deepEqual(spans.all(), [])
    assert.equal(seen[2]?.['traceparent'], traceparent('d'))
  })
}

test('a method that is not known is _OTHER, its span an HTTP; fetch sends patch as it is written', async () => {
  const methods = async () => {
    spans.clear()
    await (await fetch(url, { method: 'patch' })).text()
    const [response] = await once(httpRequest(url, { method: 'propfind' }).end(), 'response')
    for await (const _ of response);
    return spans
      .all()
      .map(({ name, attributes }) => [
        name,
        attributes['http.request.method'],
        attributes['http.request.method_original'],
      ])
  }
  patchHttpClients()
  assert.deepEqual(await methods(), [
    ['HTTP', '_OTHER', 'patch'],
    ['HTTP', '_OTHER', 'PROPFIND'],
  ])
  patchHttpClients({ rules: [{ route: '/' }] }, ['patch', 'PROPFIND'])
  assert.deepEqual(await methods(), [
    ['patch /', 'patch', undefined],
    ['PROPFIND /', 'PROPFIND', undefined],
  ])
})

test('a context in another format than W3C stays alone, too', async () => {
  patchHttpClients()
  const before = codecPropagator(['w3c'])
  propagation.disable()
  propagation.setGlobalPropagator(codecPropagator(['b3']))
  try {
    const given = `${'e'.repeat(32)}-${'f'.repeat(16)}-1`
    for (const ask of Object.values(ways)) await ask('/', { b3: given })
    assert.deepEqual(
      seen.map(({ b3, traceparent: w3c }) => [b3, w3c]),
      [
        [given, undefined],
        [given, undefined],
      ],
    )
  } finally {
    propagation.disable()
    propagation.setGlobalPropagator(before)
  }
})

test('nobody there: the span has failed with the code, and the error is as without tracing', async () => {
  patchHttpClients()
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const nowhere = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/`
  await once(closed.close(), 'close')
  await assert.rejects(fetch(nowhere))
  await assert.rejects(once(get(nowhere), 'response'), { code: 'ECONNREFUSED' })
  await until('both', () => spans.all().length === 2)
  for (const span of spans.all()) {
    assert.equal(span.status.code, SpanStatusCode.ERROR)
    assert.equal(span.attributes['error.type'], 'ECONNREFUSED')
  }
  assert.equal(trace.getActiveSpan(), undefined)
})
