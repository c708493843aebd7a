import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type {
  DependenciesResponse,
  ExplainResponse,
  FlowResponse,
  MessageSearchResponse,
  RedResponse,
  TraceResponse,
  TraceSearchResponse,
} from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { formatCoordinates } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { tellTrace } from '@waybill/model/story'
import type { LegacyTrace } from './jaeger/trace-model.ts'
import type { RunningServer } from './test-server.ts'
import { runServer } from './test-server.ts'

const report = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'report',
  'messaging.destination.partition.id': '0',
  'messaging.kafka.offset': 17,
  'messaging.consumer.group.name': 'workers',
}
const reportSpans: readonly StorySpan[] = [
  { id: 1, name: 'report_request', service: 'report-api', kind: 'server', at: [0, 60] },
  {
    id: 2,
    parent: 1,
    name: 'report_producer',
    service: 'report-api',
    kind: 'producer',
    at: [10, 50],
    attributes: report,
  },
  {
    id: 3,
    parent: 2,
    name: 'report_consumer',
    service: 'report-worker',
    kind: 'consumer',
    at: [2150, 3010],
    attributes: report,
  },
  { id: 4, parent: 3, name: 'handle_report', service: 'report-worker', at: [2151, 3000] },
  {
    id: 5,
    parent: 4,
    name: 'doWork:5',
    service: 'report-worker',
    at: [2500, 2900],
    error: true,
    attributes: { 'http.status_code': 500 },
  },
]
const odd = 'odd %/+ näme'
/** Odd names, a 64-bit id, no service name; and a batch that links to the report's message. */
const stories = [
  tellTrace(1, reportSpans),
  tellTrace(2, [{ id: 1, name: 'GET /a+b/c%20d', service: odd, kind: 'client', at: [10_000, 10_200] }]),
  tellTrace(3, [{ id: 1, name: 'nameless', service: '', at: [20_000, 20_001] }]),
  tellTrace(4, [
    {
      id: 1,
      name: 'audit batch',
      service: 'audit',
      kind: 'consumer',
      at: [5_000, 5_100],
      attributes: { ...report, 'messaging.consumer.group.name': 'audit' },
      links: [{ id: 2, trace: 1, attributes: { 'messaging.kafka.offset': 17 } }],
    },
  ]),
]
/** The hour of the stories, in microseconds for Jaeger, in milliseconds for us. */
const micros = 'start=1700000000000000&end=1700003600000000'
const range = 'start=1700000000000&end=1700003600000'
const id = (trace: number) => trace.toString(16).padStart(32, '0')

let server: RunningServer
before(async () => {
  server = await runServer()
  await server.send(...stories)
})
after(() => server.stop())

async function get(path: string): Promise<Response> {
  return await fetch(server.url + path)
}
async function legacy<Data>(path: string): Promise<Data> {
  const response = await get(path)
  assert.equal(response.status, 200, path)
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  return ((await response.json()) as { data: Data }).data
}
async function native<Answer>(path: string): Promise<Answer> {
  const response = await get(path)
  assert.equal(response.status, 200, path)
  return (await response.json()) as Answer
}
const found = async (parameters: string) =>
  (await legacy<LegacyTrace[]>(`/api/traces?${micros}&${parameters}`)).map(trace => trace.traceID)

test('Jaeger: services and operations, in the envelope, whatever their names', async () => {
  const reply = await (await get('/api/services')).text()
  const services = ['audit', 'missing-service-name', odd, 'report-api', 'report-worker']
  assert.equal(reply, JSON.stringify({ data: services, total: 5, limit: 0, offset: 0, errors: null }))
  assert.deepEqual(await legacy(`/api/services/${encodeURIComponent(odd)}/operations`), ['GET /a+b/c%20d'])
  assert.deepEqual(await legacy('/api/services/report-api/operations'), ['report_producer', 'report_request'])
  assert.deepEqual(await legacy('/api/services/missing-service-name/operations'), ['nameless'])
  assert.deepEqual(await legacy('/api/services/nobody/operations'), [])
  assert.deepEqual(await legacy('/api/operations?service=report-api&spanKind=producer'), [
    { name: 'report_producer', spanKind: 'producer' },
  ])
  const refused = await get('/api/operations')
  assert.equal(refused.status, 400)
  assert.match(
    await refused.text(),
    /"errors":\[\{"code":400,"msg":"parameter 'service' is required"\}\]\}\n$/,
  )
})

test('Jaeger: a trace by every form of its id', async () => {
  const base64 = Buffer.from(id(1), 'hex').toString('base64')
  for (const form of [id(1), '1', base64, encodeURIComponent(base64), '0000000000000001']) {
    const [trace, ...rest] = await legacy<LegacyTrace[]>(`/api/traces/${form}?raw=true`)
    assert.deepEqual(rest, [])
    assert.equal(trace?.traceID, '0000000000000001')
    assert.deepEqual(
      trace.spans.map(span => span.operationName),
      reportSpans.map(span => span.name),
    )
  }
})

test('Jaeger: parents, processes, tags, errors and links of a trace', async () => {
  const [trace] = await legacy<LegacyTrace[]>(`/api/traces/${id(1)}`)
  const spans = trace?.spans ?? []
  const services = spans.map(span => trace?.processes[span.processID]?.serviceName)
  assert.deepEqual(services, ['report-api', 'report-api', 'report-worker', 'report-worker', 'report-worker'])
  assert.deepEqual(spans[2]?.references, [
    { refType: 'CHILD_OF', traceID: '0000000000000001', spanID: '0000000000000002' },
  ])
  assert.deepEqual([spans[2]?.startTime, spans[2]?.duration], [1_700_000_002_150_000, 860_000])
  const tags = Object.fromEntries((spans[4]?.tags ?? []).map(tag => [tag.key, tag.value]))
  assert.equal(tags['http.status_code'], 500)
  assert.equal(tags['error'], true)
  assert.equal(tags['otel.status_code'], 'ERROR')
  assert.equal(tags['otel.scope.name'], 'story')
  const [audit] = await legacy<LegacyTrace[]>(`/api/traces/${id(4)}`)
  assert.deepEqual(audit?.spans[0]?.references, [
    {
      refType: 'FOLLOWS_FROM',
      traceID: '0000000000000001',
      spanID: '0000000000000002',
      tags: [{ key: 'messaging.kafka.offset', type: 'int64', value: 17 }],
    },
  ])
})

test('Jaeger: a trace that is not stored, an id that is none', async () => {
  const missing = await get(`/api/traces/${id(99)}`)
  assert.equal(missing.status, 404)
  assert.equal(missing.headers.get('content-type'), 'text/plain; charset=utf-8')
  const envelope = { data: null, total: 0, limit: 0, offset: 0 }
  assert.equal(
    await missing.text(),
    `${JSON.stringify({ ...envelope, errors: [{ code: 404, msg: 'trace not found' }] })}\n`,
  )
  assert.equal((await get('/api/traces/zz')).status, 400)
  const reply = await get('/api/traces?traceID=1&traceID=63')
  const { data, errors } = (await reply.json()) as { data: LegacyTrace[]; errors: unknown }
  assert.deepEqual([reply.status, data.map(trace => trace.traceID)], [200, ['0000000000000001']])
  assert.deepEqual(errors, [{ msg: 'trace not found', traceID: '0000000000000063' }])
})

test('Jaeger: search by service, operation, tags and durations of one span', async () => {
  const first = ['0000000000000001']
  assert.deepEqual(await found('service=report-worker'), first)
  assert.deepEqual(await found('service=report-worker&operation=doWork:5'), first)
  assert.deepEqual(await found('service=report-api&operation=doWork:5'), [])
  assert.deepEqual(await found('service=report-worker&tag=http.status_code:500'), first)
  assert.deepEqual(await found('service=report-worker&tags={"error":"true"}'), first)
  assert.deepEqual(await found('service=report-api&tags={"error":"true"}'), [])
  assert.deepEqual(
    await found('service=report-worker&tags={"span.kind":"consumer","messaging.kafka.offset":"17"}'),
    first,
  )
  assert.deepEqual(await found('service=report-worker&tag=otel.status_code:ERROR'), first)
  assert.deepEqual(await found('service=report-worker&minDuration=860ms'), first)
  assert.deepEqual(await found('service=report-worker&minDuration=861ms'), [])
  assert.deepEqual(await found('service=report-api&minDuration=40ms&maxDuration=0.04s'), first)
  assert.deepEqual(
    await found(`service=${encodeURIComponent(odd)}&operation=${encodeURIComponent('GET /a+b/c%20d')}`),
    ['0000000000000002'],
  )
  assert.deepEqual(await found('service=missing-service-name'), ['0000000000000003'])
  assert.deepEqual(await found('service=nobody'), [])
  // Without a range the last two days are searched, and the stories are older.
  assert.deepEqual(await legacy('/api/traces?service=report-api'), [])
})

test('Jaeger: newest first, as many as asked for', async () => {
  const later = tellTrace(5, [{ id: 1, service: 'report-api', at: [30_000, 30_010] }])
  await server.send(later)
  assert.deepEqual(await found('service=report-api'), ['0000000000000005', '0000000000000001'])
  assert.deepEqual(await found('service=report-api&limit=1'), ['0000000000000005'])
  const refused = await get('/api/traces?service=report-api&limit=0')
  assert.deepEqual(
    [refused.status, (await refused.text()).includes('limit must be greater than 0')],
    [400, true],
  )
})

test('Jaeger: prettyPrint indents by four', async () => {
  const text = await (await get('/api/services?prettyPrint=true')).text()
  assert.match(text, /^\{\n {4}"data": \[\n {8}"audit/)
})

test('native: services, operations, status', async () => {
  const { services } = await native<{ services: { name: string; spanCount: number }[] }>(apiPaths.services)
  assert.equal(services.find(service => service.name === 'report-worker')?.spanCount, 3)
  assert.deepEqual(await native(`${apiPaths.operations}?service=audit`), {
    operations: [{ name: 'audit batch', kind: 'consumer' }],
  })
  const status = await native<{ version: string; receivers: { name: string }[] }>(apiPaths.status)
  assert.equal(status.version, '0.0.0-test')
  assert.ok(status.receivers.some(receiver => receiver.name === 'otlp-http'))
})

test('native: rates of spans and the flow of messages', async () => {
  // These spans are years old, and count in the minute of those
  const ofOld = 'start=0&end=60000'
  const { series } = await native<RedResponse>(`${apiPaths.red}?${ofOld}&by=service&service=report-worker`)
  assert.deepEqual(
    series.map(({ service, spans, errors, steps }) => ({ service, spans, errors, steps: steps.length })),
    [{ service: 'report-worker', spans: 3, errors: 1, steps: 1 }],
  )
  const { routes } = await native<FlowResponse>(`${apiPaths.flow}?${ofOld}&destination=report`)
  assert.deepEqual(
    routes.map(({ service, operation, messages }) => `${service} ${operation} ${messages}`).sort(),
    ['audit process 1', 'report-api send 1', 'report-worker process 1'],
  )
  const refused = await fetch(`${server.url}${apiPaths.red}?step=90s`)
  assert.equal(refused.status, 400)
})

test('native: who calls whom', async () => {
  const ask = (more: string) => native<DependenciesResponse>(`${apiPaths.dependencies}?${range}${more}`)
  const link = (parent: string, child: string) => ({ parent, child, callCount: 1, errorCount: 0 })
  const message = (parent: string, child: string) => ({ ...link(parent, child), messageCount: 1 })
  assert.deepEqual(await ask(''), {
    links: [message('report-api', 'audit'), message('report-api', 'report-worker')],
  })
  assert.deepEqual(await ask('&between=peers'), {
    links: [link('kafka', 'audit'), link('kafka', 'report-worker'), link('report-api', 'kafka')],
  })
  for (const between of ['services', 'peers']) {
    const { statements } = await native<ExplainResponse>(
      `${apiPaths.dependencies}?${range}&between=${between}&explain`,
    )
    assert.equal(statements.length, 1)
  }
  const refused = await fetch(`${server.url}${apiPaths.dependencies}?between=teams`)
  assert.equal(refused.status, 400)
})

test('native: search sums up what it finds', async () => {
  const q = encodeURIComponent('topic:report is:error OR name:"handle_report"')
  const { traces } = await native<TraceSearchResponse>(`${apiPaths.traces}?q=${q}&${range}`)
  assert.deepEqual(
    traces.map(trace => trace.traceId),
    [id(1)],
  )
  const [trace] = traces
  assert.deepEqual(
    [trace?.rootService, trace?.rootName, trace?.spanCount, trace?.errorCount, trace?.messageCount],
    ['report-api', 'report_request', 5, 1, 1],
  )
  assert.equal(trace?.waitedNano, 2_100_000_000)
  assert.deepEqual(
    trace?.path.map(step => step.name),
    ['report-api', 'report', 'report-worker'],
  )
})

test('native: pages of a search', async () => {
  const ids: string[] = []
  let cursor = ''
  do {
    const page = await native<TraceSearchResponse>(`${apiPaths.traces}?${range}&limit=2&cursor=${cursor}`)
    ids.push(...page.traces.map(trace => trace.traceId))
    cursor = page.nextCursor ?? ''
  } while (cursor !== '')
  assert.deepEqual(ids, [id(5), id(3), id(2), id(4), id(1)])
})

test('native: a trace with its messages, and links from other traces', async () => {
  const response = await native<TraceResponse>(apiPaths.trace('1'))
  assert.equal(response.trace.traceId, id(1))
  assert.deepEqual(
    response.messages.map(({ facts, tie, waitedNano }) => [facts.consumerGroup, tie, waitedNano]),
    [
      ['workers', 'parent', 2_100_000_000],
      ['audit', 'link', 4_950_000_000],
    ],
  )
  assert.deepEqual(
    response.linksFrom.map(({ service, to }) => [service, to]),
    [['audit', '0000000000000002']],
  )
  const missing = await get(apiPaths.trace(id(99)))
  assert.equal(missing.status, 404)
  assert.equal(((await missing.json()) as { error: { code: string } }).error.code, 'NOT_FOUND')
})

test('native: the journey of one message', async () => {
  const journey = await native<{ stops: { operation: string; span: { service: string } }[] }>(
    apiPaths.journey('kafka', 'report', '0', '17'),
  )
  const stops = journey.stops.map(stop => `${stop.operation} ${stop.span.service}`)
  assert.deepEqual(stops, ['send report-api', 'process report-worker', 'process audit'])
  assert.equal((await get(apiPaths.journey('kafka', 'report', '0', '18'))).status, 404)
  assert.equal((await get(apiPaths.messageJourney('none'))).status, 404)
})

test('native: what narrows a search, and what it would cost', async () => {
  const { total } = await native<{ total: number }>(`${apiPaths.histogram}?${range}`)
  assert.equal(total, 5)
  const { facets } = await native<{ facets: { key: string }[] }>(`${apiPaths.facets}?${range}`)
  assert.ok(facets.some(facet => facet.key === 'service'))
  const { options } = await native<{ options: { label: string }[] }>(`${apiPaths.complete}?q=serv&${range}`)
  assert.ok(options.some(option => option.label.startsWith('service')))
  const { spans } = await native<{ spans: { name: string }[] }>(`${apiPaths.spans}?q=is:error&${range}`)
  assert.deepEqual(
    spans.map(span => span.name),
    ['doWork:5'],
  )
})

test('native: what was done with messages', async () => {
  const { messages } = await native<MessageSearchResponse>(`${apiPaths.messages}?q=topic:report&${range}`)
  assert.deepEqual(
    messages.map(({ facts, service }) => `${facts.operation} ${formatCoordinates(facts)} ${service}`),
    ['process report[0]@17 audit', 'process report[0]@17 report-worker', 'send report[0]@17 report-api'],
  )
  const page = await native<MessageSearchResponse>(`${apiPaths.messages}?${range}&limit=2`)
  const rest = await native<MessageSearchResponse>(`${apiPaths.messages}?${range}&cursor=${page.nextCursor}`)
  assert.deepEqual([...page.messages, ...rest.messages], messages)
  assert.equal((await get(`${apiPaths.messages}?cursor=1-2`)).status, 400)
})

test('native: what every question would run and read, instead of its answer', async () => {
  const { traces, spans, messages, histogram, facets } = apiPaths
  for (const path of [traces, spans, messages, histogram, facets]) {
    const { statements, plan } = await native<ExplainResponse>(`${path}?explain&q=topic:report&${range}`)
    assert.match(statements[0]?.sql ?? '', /^SELECT .* \(destination = \{p\d+:String\}/, path)
    assert.ok(Object.values(statements[0]?.parameters ?? {}).includes('report'), path)
    assert.match(plan[0] ?? '', /^(spans|messages|traces): \d+ rows in \d+ marks of \d+ parts$/, path)
  }
})
