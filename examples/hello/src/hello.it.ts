import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { Span } from '@waybill/model'
import type { TestSystem } from './testing/system.ts'
import { startSystem } from './testing/system.ts'

let system: TestSystem
before(async () => {
  system = await startSystem()
})
after(() => system?.stop())

/** Asks a service that answers with 200, and resolves with its trace. */
async function traceOf(service: 'gotest' | 'flask_sample', path: string, spans: number) {
  const response = await fetch(`${system.hello.urls[service]}${path}`)
  const answer = (await response.json()) as Readonly<Record<string, unknown>>
  assert.equal(response.status, 200, JSON.stringify(answer))
  return { answer, trace: await system.waybill.trace(String(answer['traceId']), spans) }
}

/** Attributes of all spans, in the order of the trace. */
function attributes({ trace }: TraceResponse, ...keys: readonly string[]): readonly unknown[] {
  return trace.spans.map(span => keys.map(key => attributesOf(span)[key]))
}

test('flask_sample greets by SQLite, over HTTP and over gRPC: one trace over Python and Go', async () => {
  const { answer, trace } = await traceOf('flask_sample', '/hello?name=Zo%C3%AB', 8)
  assert.deepEqual(
    { ...answer, traceId: '' },
    {
      message: 'Hello Zoë',
      sub: 'Hello there!',
      times: 1,
      traceId: '',
    },
  )
  const { flask_sample: url, gotest } = system.hello.urls
  const request = `[GET]${url}/hello?name=Zoë`
  assert.deepEqual(outline(trace), [
    `flask_sample ${request}`,
    '  flask_sample sqlalchemy.query',
    '  flask_sample sqlalchemy.query',
    '  flask_sample /sub',
    '    flask_sample /sub',
    '      gotest sub',
    '  flask_sample Sent.helloworld.Greeter.SayHello',
    '    gotest Recv.helloworld.Greeter.SayHello',
  ])
  // OpenCensus's exporters to Jaeger do not say of what kind a span is.
  assert.deepEqual(new Set(trace.trace.spans.map(({ kind }) => kind)), new Set(['unspecified']))
  assert.deepEqual(new Set(trace.trace.spans.map(({ status }) => status.code)), new Set(['unset']))
  const name = "('Zoë',)"
  assert.deepEqual(
    attributes(
      trace,
      'http.route',
      'http.url',
      'http.status_code',
      'sqlalchemy.query.parameters',
      'grpc.method',
    ),
    [
      ['/hello', `${url}/hello?name=Zoë`, 200, undefined, undefined],
      [undefined, undefined, undefined, name, undefined],
      [undefined, undefined, undefined, name, undefined],
      [undefined, `${gotest}/sub`, 200, undefined, undefined],
      [undefined, `${gotest}/sub`, 200, undefined, undefined],
      [undefined, undefined, undefined, undefined, undefined],
      [undefined, undefined, undefined, undefined, '/helloworld.Greeter/SayHello'],
      [undefined, undefined, undefined, undefined, undefined],
    ],
  )
  const statements = trace.trace.spans.map(span => attributesOf(span)['sqlalchemy.query']).filter(Boolean)
  assert.match(String(statements[0]), /^INSERT INTO greetings/)
  assert.match(String(statements[1]), /^SELECT count/)
  assert.deepEqual(attributesOf(spanNamed(trace, 'sub'))['name'], 'name: sub')
})

test('gotest does something, calls over HTTP and over gRPC: tags, an annotation, and no break', async () => {
  const { answer, trace } = await traceOf('gotest', '/hello?name=world', 7)
  assert.deepEqual({ ...answer, traceId: '' }, { message: 'Hello world', sub: 'Hello there!', traceId: '' })
  assert.deepEqual(outline(trace), [
    'gotest hello',
    '  gotest baidu',
    '  gotest httpget',
    '    gotest sub',
    '  gotest grpc_client',
    '    gotest Sent.helloworld.Greeter.SayHello',
    '      gotest Recv.helloworld.Greeter.SayHello',
  ])
  assert.deepEqual(new Set(trace.trace.spans.map(({ kind }) => kind)), new Set(['unspecified']))
  assert.deepEqual(attributes(trace, 'name', 'url', 'grpc', 'Client', 'status.code', 'status.message'), [
    ['name: hello', undefined, undefined, undefined, 0, 'OK'],
    ['doget2', undefined, undefined, undefined, 0, 'no error'],
    [undefined, `${system.hello.urls.gotest}/sub`, undefined, undefined, 0, 'OK'],
    ['name: sub', undefined, undefined, undefined, 0, 'OK'],
    [undefined, undefined, 'name: world', undefined, 0, ''],
    [undefined, undefined, undefined, true, 0, ''],
    [undefined, undefined, undefined, false, 0, ''],
  ])
  assert.deepEqual(
    spanNamed(trace, 'baidu').events.map(event => attributesOf(event)),
    [{ message: 'Annotate', len: 123456, name: 'dosth' }],
  )
})

test('requests one after the other are traces of their own', async () => {
  const ids = new Set<string>()
  for (const path of ['/sub', '/sub', '/sub']) {
    const { trace } = await traceOf('gotest', path, 1)
    assert.deepEqual(outline(trace), ['gotest sub'])
    ids.add(trace.trace.traceId)
  }
  assert.equal(ids.size, 3)
})

test("OpenTracing's model: spans A to H in two processes, ChildOf and FollowsFrom, tags, logs and baggage", async () => {
  const { answer, trace } = await traceOf('gotest', '/model?customer=Zo%C3%AB%26co', 8)
  assert.equal(answer['message'], 'told A to H')
  const span = (name: string): Span => spanNamed(trace, name)
  const parents = Object.fromEntries(
    trace.trace.spans.map(({ name, service, parentSpanId }) => [
      `${service} ${name}`,
      trace.trace.spans.find(({ spanId }) => spanId === parentSpanId)?.name,
    ]),
  )
  assert.deepEqual(parents, {
    'gotest A': undefined,
    'gotest B': 'A',
    'gotest C': 'A',
    'gotest D': 'B',
    'flask_sample E': 'C',
    'gotest F': 'C',
    'gotest G': 'F',
    'gotest H': 'G',
  })
  const links = trace.trace.spans.flatMap(({ name, links }) =>
    links.map(link => [name, link.spanId, attributesOf(link)]),
  )
  const followsFrom = { 'opentracing.ref_type': 'follows_from' }
  assert.deepEqual(links, [
    ['G', span('F').spanId, followsFrom],
    ['H', span('G').spanId, followsFrom],
  ])
  const customer = 'Zoë&co'
  const { model, spans, share, root } = attributesOf(span('A'))
  assert.deepEqual(
    { model, spans, share, root },
    { model: 'OpenTracing', spans: 8, share: 0.125, root: true },
  )
  assert.deepEqual(
    ['A', 'E', 'H', 'C'].map(name => [span(name).kind, attributesOf(span(name))['customer']]),
    [
      ['server', undefined],
      ['server', customer],
      ['unspecified', customer],
      ['unspecified', undefined],
    ],
  )
  const logs = trace.trace.spans.flatMap(({ name, events }) =>
    events.map(event => [name, event.name, attributesOf(event)]),
  )
  assert.deepEqual(logs.sort(), [
    ['A', 'baggage', { key: 'customer', value: customer }],
    ['D', 'began', {}],
    ['D', 'done', { rows: 3, cached: false }],
    ['E', 'greeted', { customer }],
  ])
})

test('the spans of the model lie in time as the specification draws them', async () => {
  const { trace } = await traceOf('gotest', '/model', 8)
  const times = (name: string): readonly [bigint, bigint] => {
    const { startTimeUnixNano, endTimeUnixNano } = spanNamed(trace, name)
    return [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)]
  }
  for (const [outer, inner] of ['AB', 'AC', 'BD', 'CE', 'CF', 'CG', 'CH'].map(pair =>
    pair.split('').map(times),
  )) {
    assert.ok(outer && inner)
    assert.ok(outer[0] <= inner[0] && inner[1] <= outer[1])
  }
  for (const [first, next] of ['EF', 'FG', 'GH'].map(pair => pair.split('').map(times))) {
    assert.ok(first && next)
    assert.ok(first[1] <= next[0])
  }
})

test("what the article's reader looks for is found: by service, by tag, by log, by baggage", async () => {
  const { trace } = await traceOf('gotest', '/model?customer=grace', 8)
  const { traceId } = trace.trace
  for (const q of [
    'name:E service:flask_sample customer:grace',
    'name:A share:0.125 root:true',
    'event:greeted',
  ])
    assert.ok((await system.waybill.find(q, 1)).includes(traceId), q)
})

test('the last spans leave when a service is ended', async () => {
  const other = await startSystem()
  try {
    const response = await fetch(`${other.hello.urls.flask_sample}/hello`)
    const { traceId } = (await response.json()) as { readonly traceId: string }
    await other.hello.stop()
    assert.equal(outline(await other.waybill.trace(traceId, 8)).length, 8)
  } finally {
    await other.stop()
  }
})
