import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Engine } from '../../store/engine.ts'
import { loadSamples, minuteMs } from '../../store/now-samples.ts'
import { temporaryFolder, temporaryStore } from '../../store/temporary-store.ts'
import { quantileOf } from './duration-quantiles.ts'
import type { ServiceMetricsRequest } from './service-metrics.ts'
import { getServiceMetrics } from './service-metrics.ts'

const minute = 60_000
const first = minuteMs - 10 * minute
const at = (unixMs: number) => `${unixMs}000000`
const request = (change: Partial<ServiceMetricsRequest> = {}): ServiceMetricsRequest => ({
  services: ['shop'],
  kinds: ['server'],
  byOperation: false,
  range: { startUnixNano: at(first), endUnixNano: at(first + 4 * minute) },
  stepMs: minute,
  windowMs: 2 * minute,
  ...change,
})

describe('getServiceMetrics', () => {
  let engine: Engine
  const undo: (() => unknown)[] = []
  before(async () => {
    const t = { after: (fn: () => unknown) => undo.unshift(fn) }
    engine = await temporaryStore(t as never)
    const order = { service: 'shop', name: 'order', kind: 2, durationNano: 1_000_000 }
    await loadSamples(engine, await temporaryFolder(t as never), [
      { ...order, startMs: first - minute },
      { ...order, startMs: first },
      { ...order, startMs: first + 59_999, failed: true },
      { ...order, startMs: first + 2 * minute, durationNano: 1_000_000_000 },
      { ...order, name: 'cancel', startMs: first + 2 * minute },
      { ...order, kind: 3, startMs: first },
      { ...order, service: 'bank', startMs: first },
    ])
  })
  after(async () => {
    for (const step of undo) await step()
  })

  it('looks back over the window from each point, also to before the range', async () => {
    const { windowSeconds, series } = await getServiceMetrics(engine, request())
    assert.equal(windowSeconds, 120)
    assert.deepEqual(
      series.map(({ service, operation, points }) => [
        service,
        operation,
        points.map(({ unixMs, calls, errors }) => [(unixMs - first) / minute, calls, errors]),
      ]),
      [
        [
          'shop',
          undefined,
          [
            [0, 1, 0],
            [1, 3, 1],
            [2, 2, 1],
            [3, 2, 0],
            [4, 2, 0],
          ],
        ],
      ],
    )
  })

  it('has the durations of each window, and forgets those that left it', async () => {
    const { series } = await getServiceMetrics(engine, request({ windowMs: minute }))
    const longest = series[0]?.points.map(({ durations }) => quantileOf(durations, 1))
    const about = longest?.map(nano => (nano === undefined ? undefined : Math.round(nano / 1e9)))
    assert.deepEqual(about, [0, 0, undefined, 1, undefined])
  })

  it('tells operations and services apart, of the kinds asked for', async () => {
    const { series } = await getServiceMetrics(
      engine,
      request({ services: ['shop', 'bank'], kinds: ['server', 'client'], byOperation: true }),
    )
    const sums = series.map(({ service, operation, points }) => [
      service,
      operation,
      Math.max(...points.map(({ calls }) => calls)),
    ])
    assert.deepEqual(sums, [
      ['shop', 'order', 4],
      ['bank', 'order', 1],
      ['shop', 'cancel', 1],
    ])
  })

  it('makes steps whole minutes, and longer where there would be too many', async () => {
    const points = async (change: Partial<ServiceMetricsRequest>) =>
      (await getServiceMetrics(engine, request(change))).series[0]?.points.length ?? 0
    assert.equal(await points({ stepMs: 5_000 }), 5)
    assert.equal(await points({ stepMs: 61_000 }), 3)
    const years = { startUnixNano: '0', endUnixNano: at(first + 4 * minute) }
    assert.ok((await points({ range: years, windowMs: 1e12 })) <= 1001)
  })
})
