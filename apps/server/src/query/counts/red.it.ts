import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Engine } from '../../store/engine.ts'
import type { Sample } from '../../store/now-samples.ts'
import { loadSamples, minuteMs } from '../../store/now-samples.ts'
import { temporaryFolder, temporaryStore } from '../../store/temporary-store.ts'
import { getOperations } from '../catalog.ts'
import type { TimeRange } from '../time-range.ts'
import { getFlow } from './flow.ts'
import type { RedRequest } from './red.ts'
import { getRed } from './red.ts'

const minute = 60_000
/** Spans begin ten minutes before this one. */
const first = minuteMs - 10 * minute
const nano = (unixMs: number): string => `${unixMs}000000`
const between = (startMs: number, endMs: number): TimeRange => ({
  startUnixNano: nano(startMs),
  endUnixNano: nano(endMs),
})
const range = between(first, first + 3 * minute)

const times = (count: number, sample: Sample): readonly Sample[] =>
  Array.from({ length: count }, () => sample)
const order = { service: 'shop', name: 'POST /orders', kind: 2 }
const kafka = (operation: string, destination: string, group = '') => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': destination,
  'messaging.operation.type': operation,
  'messaging.message.body.size': '100',
  ...(group === '' ? {} : { 'messaging.consumer.group.name': group }),
})
const sends = { service: 'shop', name: 'send orders', kind: 4, attributes: kafka('send', 'orders') }
const processes = (group: string) => ({
  service: group,
  name: 'process orders',
  kind: 5,
  attributes: kafka('process', 'orders', group),
})

let engine: Engine
const undo: (() => unknown)[] = []
before(async () => {
  const t = { after: (fn: () => unknown) => undo.unshift(fn) }
  engine = await temporaryStore(t as never)
  const folder = await temporaryFolder(t as never)
  await loadSamples(engine, folder, [
    ...times(98, { ...order, startMs: first, durationNano: 1_000_000 }),
    ...times(2, { ...order, startMs: first + 59_999, durationNano: 1_000_000_000, failed: true }),
    { ...order, startMs: first + 2 * minute, durationNano: -7 },
    { ...order, startMs: first + 3 * minute },
    { ...order, startMs: first - 1 },
    { ...order, startMs: 5 },
    { service: '', name: '', kind: 0, startMs: first },
    ...times(3, { ...sends, startMs: first, durationNano: 2_000_000 }),
    ...times(2, { ...processes('billing'), startMs: first + minute }),
    { ...processes('audit'), startMs: first + minute, failed: true },
  ])
})
after(async () => {
  for (const step of undo) await step()
})

const ask = (request: Partial<RedRequest>) => getRed(engine, { range, ...request })

describe('getRed', () => {
  it('counts the spans of a range by steps, their errors and durations', async () => {
    const { startUnixMs, stepMs, series } = await ask({ service: 'shop', operation: 'POST /orders' })
    assert.equal(startUnixMs, first)
    assert.equal(stepMs, minute)
    assert.equal(series.length, 1)
    const [{ steps = [], p50Nano = 0, p99Nano = 0, meanNano, ...total } = {}] = series
    assert.deepEqual(
      { ...total, p95Nano: undefined },
      { spans: 101, errors: 2, spansPerSecond: 101 / 180, p95Nano: undefined },
    )
    assert.equal(meanNano, Math.round((98e6 + 2e9) / 101))
    assert.ok(Math.abs(p50Nano / 1e6 - 1) < 0.09)
    assert.ok(Math.abs(p99Nano / 1e9 - 1) < 0.09)
    assert.deepEqual(
      steps.map(({ spans, errors }) => [spans, errors]),
      [
        [100, 2],
        [0, 0],
        [1, 0],
      ],
    )
    assert.deepEqual(steps[1], { spans: 0, errors: 0 })
    assert.deepEqual(steps[2], { spans: 1, errors: 0, p50Nano: 0, p95Nano: 0, p99Nano: 0 })
  })

  it('gives a series for each service or operation, the largest first', async () => {
    const byService = await ask({ by: 'service' })
    assert.deepEqual(
      byService.series.map(({ service, spans }) => [service, spans]),
      [
        ['shop', 104],
        ['billing', 2],
        ['', 1],
        ['audit', 1],
      ],
    )
    const byOperation = await ask({ by: 'operation', service: 'shop' })
    assert.deepEqual(
      byOperation.series.map(({ service, name, kind, spans }) => [service, name, kind, spans]),
      [
        ['shop', 'POST /orders', 'server', 101],
        ['shop', 'send orders', 'producer', 3],
      ],
    )
  })

  it('takes one kind, and names that are empty', async () => {
    const counts = async (request: Partial<RedRequest>) =>
      (await ask(request)).series.map(({ spans }) => spans)
    assert.deepEqual(await counts({ kind: 'consumer' }), [3])
    assert.deepEqual(await counts({ service: '', operation: '' }), [1])
    assert.deepEqual(await counts({ service: 'nobody' }), [])
    assert.deepEqual(await counts({ service: "shop' OR 1=1 --" }), [])
  })

  it('begins steps at multiples of their length, and ends with the minute of the end', async () => {
    const fiveMinutes = 5 * minute
    const found = await ask({
      range: between(first + 1, first + minute + 1),
      stepMs: fiveMinutes,
      operation: 'POST /orders',
    })
    assert.equal(found.startUnixMs, Math.floor(first / fiveMinutes) * fiveMinutes)
    assert.equal(
      found.series[0]?.steps.length,
      Math.ceil((first + minute + 1 - found.startUnixMs) / fiveMinutes),
    )
    // The minute before has a span, too
    assert.equal(found.series[0]?.spans, found.startUnixMs < first ? 101 : 100)
  })

  it('answers at most 1500 steps', async () => {
    const end = first + 1500 * minute
    assert.equal((await ask({ range: between(first, end), stepMs: minute })).series[0]?.steps.length, 1500)
    await assert.rejects(ask({ range: between(first, end + 1), stepMs: minute }), { code: 'BAD_PARAMETER' })
    const days = await ask({ range: between(0, first) })
    assert.ok((days.series[0]?.steps.length ?? 0) <= 91)
    const wide = { startUnixNano: '0', endUnixNano: String(2n ** 63n - 1n) }
    assert.equal((await ask({ range: wide })).series[0]?.spans, 111)
  })
})

describe('getFlow', () => {
  it('counts the messages that services send to and take from a destination', async () => {
    const { startUnixMs, routes } = await getFlow(engine, { range })
    assert.equal(startUnixMs, first)
    const route = (
      service: string,
      operation: string,
      consumerGroup: string,
      messages: number,
      errors: number,
    ) => ({
      system: 'kafka',
      destination: 'orders',
      operation,
      service,
      consumerGroup,
      messages,
      errors,
      bytes: messages * 100,
      messagesPerSecond: messages / 180,
    })
    assert.deepEqual(
      routes.map(({ steps, p50Nano, p95Nano, p99Nano, ...rest }) => rest),
      [
        route('shop', 'send', '', 3, 0),
        route('billing', 'process', 'billing', 2, 0),
        route('audit', 'process', 'audit', 1, 1),
      ],
    )
    assert.deepEqual(routes[0]?.steps, [
      { messages: 3, errors: 0 },
      { messages: 0, errors: 0 },
      { messages: 0, errors: 0 },
    ])
    assert.ok(Math.abs((routes[0]?.p50Nano ?? 0) / 2e6 - 1) < 0.09)
  })

  it('takes one destination, service, group or system', async () => {
    const services = async (request: object) =>
      (await getFlow(engine, { range, ...request })).routes.map(({ service }) => service)
    assert.deepEqual(await services({ destination: 'orders' }), ['shop', 'billing', 'audit'])
    assert.deepEqual(await services({ service: 'billing' }), ['billing'])
    assert.deepEqual(await services({ group: 'audit' }), ['audit'])
    assert.deepEqual(await services({ group: '' }), ['shop'])
    assert.deepEqual(await services({ system: 'rabbitmq' }), [])
    assert.deepEqual(await services({ range: between(first + minute, first + 2 * minute) }), [
      'billing',
      'audit',
    ])
  })
})

describe('names beyond what a service may have', () => {
  it('stand together, apart from the names that are known', async t => {
    const folder = await temporaryFolder(t)
    const crowd = (from: number, count: number): readonly Sample[] =>
      Array.from({ length: count }, (_, i) => ({
        service: 'crowd',
        name: `GET /${from + i}`,
        startMs: first,
      }))
    await loadSamples(engine, folder, crowd(0, 1000))
    await loadSamples(engine, folder, [...crowd(999, 3), ...crowd(999, 1)])
    const { series } = await ask({ service: 'crowd', by: 'operation' })
    assert.equal(series.length, 100)
    assert.deepEqual(
      series.slice(0, 2).map(({ steps, ...one }) => [one.name, one.rest, one.spans]),
      [
        ['GET /999', undefined, 3],
        [undefined, true, 2],
      ],
    )
    const spans = async (operation: string) =>
      (await ask({ service: 'crowd', operation })).series.map(one => one.spans)
    assert.deepEqual(await spans('GET /999'), [3])
    assert.deepEqual(await spans('GET /1000'), [])
    assert.deepEqual(await spans(''), [])
    assert.equal((await ask({ service: 'crowd' })).series[0]?.spans, 1004)
    assert.equal((await getOperations(engine, 'crowd')).operations.length, 1000)
  })
})
