import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { isSkipped } from '@waybill/example-testing/left-out'
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

/** Attributes of the spans of that name. */
function attributes({ trace }: TraceResponse, name: string, ...keys: readonly string[]): readonly unknown[] {
  return trace.spans.filter(span => span.name === name).map(span => keys.map(key => attributesOf(span)[key]))
}

test('flask_sample greets by SQLite, over HTTP and over gRPC: one trace over Python and Go', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
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
  assert.deepEqual(attributes(trace, request, 'http.route', 'http.url', 'http.status_code'), [
    ['/hello', `${url}/hello?name=Zoë`, 200],
  ])
  const parameters = "('Zoë',)"
  assert.deepEqual(attributes(trace, 'sqlalchemy.query', 'sqlalchemy.query', 'sqlalchemy.query.parameters'), [
    ['INSERT INTO greetings (name) VALUES (?)', parameters],
    ['SELECT count(*) FROM greetings WHERE name = ?', parameters],
  ])
  const call = [`${gotest}/sub`, 200]
  assert.deepEqual(attributes(trace, '/sub', 'http.url', 'http.status_code'), [call, call])
  assert.deepEqual(attributes(trace, 'sub', 'name'), [['name: sub']])
  assert.deepEqual(attributes(trace, 'Sent.helloworld.Greeter.SayHello', 'grpc.method', 'grpc.host_port'), [
    ['/helloworld.Greeter/SayHello', system.hello.grpc],
  ])
})

test('gotest does something, calls over HTTP and over gRPC: tags, an annotation, and no break', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
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
  const status = ['status.code', 'status.message']
  const said = (name: string, ...keys: readonly string[]): readonly unknown[] =>
    attributes(trace, name, ...keys, ...status)
  const url = `${system.hello.urls.gotest}/sub`
  assert.deepEqual(said('hello', 'name'), [['name: hello', 0, 'OK']])
  assert.deepEqual(said('baidu', 'name'), [['doget2', 0, 'no error']])
  assert.deepEqual(said('httpget', 'url'), [[url, 0, 'OK']])
  assert.deepEqual(said('sub', 'name'), [['name: sub', 0, 'OK']])
  assert.deepEqual(said('grpc_client', 'grpc'), [['name: world', 0, '']])
  assert.deepEqual(said('Sent.helloworld.Greeter.SayHello', 'Client'), [[true, 0, '']])
  assert.deepEqual(said('Recv.helloworld.Greeter.SayHello', 'Client'), [[false, 0, '']])
  assert.deepEqual(
    spanNamed(trace, 'baidu').events.map(event => attributesOf(event)),
    [{ message: 'Annotate', len: 123456, name: 'dosth' }],
  )
})

test('requests one after the other are traces of their own', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const ids = new Set<string>()
  for (const path of ['/sub', '/sub', '/sub']) {
    const { trace } = await traceOf('gotest', path, 1)
    assert.deepEqual(outline(trace), ['gotest sub'])
    ids.add(trace.trace.traceId)
  }
  assert.equal(ids.size, 3)
})

test('requests at once keep their traces apart', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const each = Array.from({ length: 8 }, (_, i) => i)
  const traces = await Promise.all([
    ...each.map(i => traceOf('flask_sample', `/hello?name=flask${i}`, 8)),
    ...each.map(i => traceOf('gotest', `/hello?name=go${i}`, 7)),
  ])
  assert.equal(new Set(traces.map(({ trace }) => trace.trace.traceId)).size, 16)
  const spans = traces.map(({ answer, trace }) => [answer['message'], trace.trace.spans.length])
  assert.deepEqual(spans, [...each.map(i => [`Hello flask${i}`, 8]), ...each.map(i => [`Hello go${i}`, 7])])
})

test("OpenTracing's model: spans A to H in two processes, ChildOf and FollowsFrom, tags, logs and baggage", async t => {
  if (isSkipped(t, system.hello.leftOut)) return
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

test('the spans of the model lie in time as the specification draws them', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { trace } = await traceOf('gotest', '/model', 8)
  const times = (name: string): readonly [bigint, bigint] => {
    const { startTimeUnixNano, endTimeUnixNano } = spanNamed(trace, name)
    return [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)]
  }
  for (const [outer, inner] of ['AB', 'AC', 'BD', 'CE', 'CF', 'CG', 'CH'].map(pair =>
    pair.split('').map(times),
  )) {
    assert.ok(outer && inner)
    // Starts and lengths are cut to microseconds each.
    assert.ok(outer[0] <= inner[0] && inner[1] <= outer[1] + 2_000n)
  }
  for (const [first, next] of ['EF', 'FG', 'GH'].map(pair => pair.split('').map(times))) {
    assert.ok(first && next)
    assert.ok(first[1] <= next[0])
  }
})

interface JaegerField {
  readonly key: string
  readonly type: string
  readonly value: unknown
}

interface JaegerSpan {
  readonly operationName: string
  readonly references: readonly { readonly refType: string; readonly spanID: string }[]
  readonly tags: readonly JaegerField[]
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerField[] }[]
}

test("Jaeger's API has the model in OpenTracing's own words: references, tags with types, logs with fields", async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { trace } = await traceOf('gotest', '/model', 8)
  const answer = await fetch(`${system.waybill.url}/api/traces/${trace.trace.traceId}`)
  const { data } = (await answer.json()) as {
    readonly data: readonly { readonly spans: readonly JaegerSpan[] }[]
  }
  const span = (name: string): JaegerSpan | undefined =>
    data[0]?.spans.find(({ operationName }) => operationName === name)
  const references = (name: string): readonly string[] | undefined =>
    span(name)?.references.map(
      ({ refType, spanID }) =>
        `${refType} ${trace.trace.spans.find(({ spanId }) => spanId === spanID)?.name}`,
    )
  assert.deepEqual(['A', 'B', 'E', 'G', 'H'].map(references), [
    [],
    ['CHILD_OF A'],
    ['CHILD_OF C'],
    ['CHILD_OF F', 'FOLLOWS_FROM F'],
    ['CHILD_OF G', 'FOLLOWS_FROM G'],
  ])
  const wanted = ['model', 'spans', 'share', 'root']
  const types = span('A')
    ?.tags.filter(({ key }) => wanted.includes(key))
    .map(({ key, type }) => [key, type])
  assert.deepEqual(types?.sort(), [
    ['model', 'string'],
    ['root', 'bool'],
    ['share', 'float64'],
    ['spans', 'int64'],
  ])
  const [began, done] = span('D')?.logs ?? []
  assert.ok(began && done && began.timestamp < done.timestamp)
  assert.deepEqual(done.fields.map(({ key, type, value }) => [key, type, value]).sort(), [
    ['cached', 'bool', false],
    ['event', 'string', 'done'],
    ['rows', 'int64', 3],
  ])
})

test("what the article's reader looks for is found: by service, by tag, by log, by baggage", async t => {
  if (isSkipped(t, system.hello.leftOut)) return
  const { trace } = await traceOf('gotest', '/model?customer=grace', 8)
  const { traceId } = trace.trace
  for (const q of [
    'name:E service:flask_sample customer:grace',
    'name:A share:0.125 root:true',
    'event:greeted',
  ])
    assert.ok((await system.waybill.find(q, 1)).includes(traceId), q)
})

test('the last spans leave when a service is ended', async t => {
  if (isSkipped(t, system.hello.leftOut)) return
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
