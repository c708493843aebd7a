import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { apiPaths } from '@waybill/api'
import type { Trace } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { storyStartNano, tellTrace } from '@waybill/model/story'
import type { PartialTraces } from '@waybill/wire/otlp'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'
import type { MetricFamily } from './metrics-routes.ts'
import type { LegacyTrace } from './trace-model.ts'

/** A few minutes ago, at the start of a minute: what is counted by minute needs times that can be true. */
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 300_000
const endMs = startMs + 300_000

/** A story of now. */
function tellNow(trace: number, spans: readonly StorySpan[]): Trace {
  const shift = BigInt(startMs) * 1_000_000n - storyStartNano
  const moved = (time: string) => String(BigInt(time) + shift)
  const told = tellTrace(trace, spans)
  return {
    ...told,
    spans: told.spans.map(span => ({
      ...span,
      startTimeUnixNano: moved(span.startTimeUnixNano),
      endTimeUnixNano: moved(span.endTimeUnixNano),
    })),
  }
}

/** A call whose halves share an id, then more spans than are read at once. */
const large = tellNow(0x1a, [
  { id: 0x5000, name: 'call', service: 'web', kind: 'client', at: [0, 2000] },
  { id: 0x5000, name: 'call', service: 'api', kind: 'server', at: [1, 1999] },
  ...Array.from({ length: 1200 }, (_, i): StorySpan => {
    const at = [10 + i, 10.5 + i] as const
    return { id: 0x6000 + i, parent: 0x5000, name: 'part', service: 'api', at }
  }),
])
const stories = [
  large,
  tellNow(1, [
    { id: 1, name: 'POST /orders', service: 'shop', kind: 'server', at: [0, 100] },
    { id: 2, parent: 1, name: 'charge', service: 'shop', kind: 'client', at: [10, 90] },
    { id: 3, parent: 2, name: 'charge', service: 'bank', kind: 'server', at: [-5000, -4940], error: true },
    { id: 4, parent: 77, name: 'lost', service: 'bank', at: [0, 1] },
  ]),
  tellNow(2, [{ id: 1, name: 'POST /orders', service: 'shop', kind: 'server', at: [60_000, 60_400] }]),
]

let server: RunningServer
before(async () => {
  server = await runServer()
  await server.send(...stories)
})
after(() => server.stop())

async function json<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  const reply = await fetch(server.url + path, init)
  assert.equal(reply.status, 200, path)
  return (await reply.json()) as Body
}
async function legacy(path: string): Promise<readonly LegacyTrace[]> {
  return (await json<{ readonly data: readonly LegacyTrace[] }>(path)).data
}
interface V3Traces {
  readonly result: PartialTraces
}
const v3Spans = ({ result }: V3Traces) =>
  (result.resourceSpans ?? []).flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))

test('a trace that is read in pieces is adjusted as a whole, and stays as it is where asked raw', async () => {
  const parents = async (path: string) => {
    const [trace] = await legacy(path)
    const spans = trace?.spans ?? []
    assert.equal(spans.length, 1202)
    return new Set(spans.map(span => span.references[0]?.spanID))
  }
  // 1 is the first free id
  const root = undefined
  const own = '0000000000000001'
  const shared = '0000000000005000'
  assert.deepEqual(await parents('/api/traces/1a'), new Set([root, shared, own]))
  assert.deepEqual(await parents('/api/traces/1a?raw=true'), new Set([root, shared]))
  const v3Parents = async (path: string) =>
    new Set(v3Spans(await json<V3Traces>(path)).map(span => span.parentSpanId))
  assert.deepEqual(await v3Parents('/api/v3/traces/1a'), new Set([root, shared, own]))
  assert.deepEqual(await v3Parents('/api/v3/traces/1a?rawTraces=true'), new Set([root, shared]))
})

test('what is archived is pinned', async () => {
  const typed = { method: 'POST', headers: { 'content-type': 'application/json' } }
  assert.equal((await fetch(`${server.url}/api/archive/2`, typed)).status, 200)
  const reply = await fetch(`${server.url}/api/archive/2`, { method: 'POST' })
  assert.equal(await reply.text(), '{"data":[],"total":0,"limit":0,"offset":0,"errors":[]}')
  const { pins } = await json<{ readonly pins: readonly { readonly traceId: string }[] }>(apiPaths.pins)
  assert.deepEqual(
    pins.map(pin => pin.traceId),
    ['00000000000000000000000000000002'],
  )
  assert.equal((await legacy('/api/traces/2'))[0]?.spans.length, 1)
  const other = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
  assert.equal((await fetch(`${server.url}/api/archive/1`, other)).status, 403)
})

test('the newest come first, in every search', async () => {
  const micros = `start=${startMs - 10_000}000&end=${endMs}000`
  const [newer, older] = await legacy(`/api/traces?service=shop&${micros}`)
  assert.deepEqual([newer?.traceID, older?.traceID], ['0000000000000002', '0000000000000001'])
  const times = `query.startTimeMin=${iso(startMs - 10_000)}&query.startTimeMax=${iso(endMs)}`
  const search = `query.serviceName=shop&${times}`
  const ids = v3Spans(await json<V3Traces>(`/api/v3/traces?${search}`)).map(span => span.traceId?.at(-1))
  assert.deepEqual([ids[0], ids.at(-1)], ['2', '1'])
  const { summaries } = await json<{ readonly summaries: readonly object[] }>(
    `/api/v3/trace-summaries?${search}`,
  )
  assert.deepEqual(summaries, [
    {
      traceId: '00000000000000000000000000000002',
      rootServiceName: 'shop',
      rootOperationName: 'POST /orders',
      minStartTimeUnixNano: `${startMs + 60_000}000000`,
      maxEndTimeUnixNano: `${startMs + 60_400}000000`,
      spanCount: 1,
      services: [{ name: 'shop', spanCount: 1 }],
    },
    {
      traceId: '00000000000000000000000000000001',
      rootServiceName: 'shop',
      rootOperationName: 'POST /orders',
      minStartTimeUnixNano: `${startMs - 5000}000000`,
      maxEndTimeUnixNano: `${startMs + 100}000000`,
      spanCount: 4,
      errorSpanCount: 1,
      orphanSpanCount: 1,
      services: [
        { name: 'bank', spanCount: 2, errorSpanCount: 1 },
        { name: 'shop', spanCount: 2 },
      ],
    },
  ])
})

const iso = (unixMs: number) => new Date(unixMs).toISOString()

test('searches that are posted are answered as those that are got', async () => {
  const query = {
    service_name: 'shop',
    startTimeMin: iso(startMs - 10_000),
    start_time_max: iso(endMs),
    searchDepth: 1,
  }
  const body = JSON.stringify({ query })
  for (const headers of [{ 'content-type': 'application/json' }, { 'content-type': 'text/plain' }]) {
    const posted = { method: 'POST', headers, body }
    const found = v3Spans(await json<V3Traces>('/api/v3/traces', posted))
    assert.deepEqual(
      found.map(span => span.traceId?.at(-1)),
      ['2'],
    )
    const { summaries } = await json<{ readonly summaries: readonly object[] }>(
      '/api/v3/trace-summaries',
      posted,
    )
    assert.equal(summaries.length, 1)
  }
  const refused = await fetch(`${server.url}/api/v3/traces`, { method: 'POST', body: '{"query":' })
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /^\{"error":\{"httpCode":400,"message":"the body is no JSON/)
})

test('which services call which, in both APIs', async () => {
  const range = `endTs=${endMs}&lookback=${endMs - startMs + 10_000}`
  const links = async (service: string) =>
    (await json<{ readonly data: unknown }>(`/api/dependencies?${range}&service=${service}`)).data
  assert.deepEqual(await links('bank'), [{ parent: 'shop', child: 'bank', callCount: 1 }])
  assert.deepEqual(await links('nobody'), [])
  const times = `startTime=${iso(startMs - 10_000)}&endTime=${iso(endMs)}`
  const { dependencies } = await json<{ readonly dependencies: readonly object[] }>(
    `/api/v3/dependencies?${times}`,
  )
  assert.ok(
    dependencies.some(link => JSON.stringify(link) === '{"parent":"shop","child":"bank","callCount":"1"}'),
  )
  assert.equal((await fetch(`${server.url}/api/v3/dependencies`)).status, 400)
})

const metric = (name: string, parameters: string) =>
  json<MetricFamily>(
    `/api/metrics/${name}?endTs=${endMs}&lookback=300000&step=60000&ratePer=60000&${parameters}`,
  )
const values = ({ metrics }: MetricFamily) =>
  metrics.map(({ metricPoints }) => metricPoints.map(point => point.gaugeValue.doubleValue))

test('metrics: calls a second, by minute', async () => {
  const family = await metric('calls', 'service=shop')
  assert.deepEqual(
    { ...family, metrics: [] },
    { name: 'service_call_rate', type: 'GAUGE', help: 'calls/sec, grouped by service', metrics: [] },
  )
  assert.deepEqual(family.metrics[0]?.labels, [{ name: 'service_name', value: 'shop' }])
  assert.deepEqual(values(family), [[0, 1 / 60, 1 / 60, 0, 0, 0]])
  assert.equal(family.metrics[0]?.metricPoints.at(-1)?.timestamp, iso(endMs).replace('.000Z', 'Z'))
  // Over two minutes, each call counts in two points
  const wider = await json<MetricFamily>(
    `/api/metrics/calls?endTs=${endMs}&lookback=300000&step=60000&ratePer=120000&service=shop`,
  )
  assert.deepEqual(values(wider), [[0, 1 / 120, 2 / 120, 1 / 120, 0, 0]])
})

test('metrics: errors, durations and operations; nothing where nothing was called', async () => {
  assert.deepEqual(values(await metric('errors', 'service=shop')), [[0, 0]])
  assert.deepEqual(values(await metric('errors', 'service=bank&lookback=400000')), [[1]])
  const [durations] = values(await metric('latencies', 'service=shop&quantile=0.95'))
  assert.equal(durations?.length, 2)
  for (const [i, ms] of [100, 400].entries())
    assert.ok(Math.abs((durations?.[i] ?? 0) - ms) < ms * 0.09, `${durations?.[i]}`)
  const operations = await metric('calls', 'service=shop&service=bank&groupByOperation=true&spanKind=client')
  assert.equal(operations.name, 'service_operation_call_rate')
  assert.equal(operations.help, 'calls/sec, grouped by service & operation')
  assert.deepEqual(
    operations.metrics.map(({ labels }) => labels),
    [
      [
        { name: 'operation', value: 'charge' },
        { name: 'service_name', value: 'shop' },
      ],
    ],
  )
  assert.deepEqual((await metric('calls', 'service=nobody')).metrics, [])
})

test('services without a name are found under Jaeger’s name for them, and with those that it named so', async () => {
  const named = 'missing-service-name'
  const told = [named, ''].map((service, i) =>
    tellNow(0x77 + i, [{ id: 1, name: service || 'nobody', service, at: [i * 1000, i * 1000 + 1] }]),
  )
  await server.send(...told)
  const { data } = await json<{ readonly data: readonly string[] }>('/api/services')
  assert.deepEqual(
    data.filter(name => name === named),
    [named],
  )
  const found = await legacy(`/api/traces?service=${named}&start=${startMs * 1000}`)
  assert.deepEqual(
    found.map(trace => trace.processes['p1']?.serviceName),
    [named, named],
  )
  for (const path of [`/api/services/${named}/operations`, `/api/operations?service=${named}`])
    assert.equal((await json<{ readonly data: readonly unknown[] }>(path)).data.length, 2)
})
