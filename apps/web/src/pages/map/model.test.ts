import type { DependencyLink, FlowRoute, RedSeries } from '@waybill/api'
import { describe, expect, it } from 'vitest'
import { isFound, mostNodes, shownMap } from './focus.ts'
import type { MapAnswers, ServiceMap } from './model.ts'
import { destinationId, readMap, serviceId } from './model.ts'

type Route = readonly [operation: string, service: string, destination: string, more?: Partial<FlowRoute>]

function route([operation, service, destination, more]: Route): FlowRoute {
  return {
    system: 'kafka',
    consumerGroup: '',
    messages: 60,
    errors: 0,
    bytes: 0,
    messagesPerSecond: 1,
    steps: [],
    ...more,
    operation,
    service,
    destination,
  }
}

function mapOf(told: {
  readonly links?: readonly DependencyLink[]
  readonly routes?: readonly Route[]
  readonly requests?: readonly Partial<RedSeries>[]
  readonly waits?: MapAnswers['waits']
}): ServiceMap {
  const red = (series: readonly Partial<RedSeries>[]) => ({
    startUnixMs: 0,
    stepMs: 60_000,
    series: series.map(one => ({ spans: 0, errors: 0, spansPerSecond: 0, steps: [], ...one })),
  })
  return readMap({
    dependencies: { links: told.links ?? [] },
    flow: { startUnixMs: 0, stepMs: 60_000, routes: (told.routes ?? []).map(route) },
    requests: red(told.requests ?? []),
    messages: red([]),
    waits: told.waits ?? new Map(),
    seconds: 60,
  })
}

const link = (parent: string, child: string, callCount: number, messageCount?: number): DependencyLink => ({
  parent,
  child,
  callCount,
  errorCount: 0,
  ...(messageCount !== undefined && { messageCount }),
})
const drawn = ({ ties }: ServiceMap) =>
  ties.map(({ kind, from, to, count }) => `${from} ${kind} ${to}: ${count}`)

describe('readMap', () => {
  it('draws messages through their destinations, and not as calls', () => {
    const map = mapOf({
      links: [link('shop', 'billing', 60, 60), link('gateway', 'shop', 30)],
      routes: [
        ['send', 'shop', 'orders'],
        ['process', 'billing', 'orders'],
      ],
    })
    expect(drawn(map)).toEqual([
      'destination kafka orders receive service billing: 60',
      'service gateway call service shop: 30',
      'service shop send destination kafka orders: 60',
    ])
    expect(map.nodes.map(({ id }) => id)).toEqual([
      'destination kafka orders',
      'service billing',
      'service gateway',
      'service shop',
    ])
  })

  it('counts a message once that was created and sent, or received and processed, but every group', () => {
    const map = mapOf({
      routes: [
        ['create', 'shop', 'orders', { messages: 50 }],
        ['send', 'shop', 'orders', { messages: 60 }],
        ['receive', 'billing', 'orders', { messages: 60, consumerGroup: 'one' }],
        ['process', 'billing', 'orders', { messages: 59, errors: 3, consumerGroup: 'one' }],
        ['process', 'billing', 'orders', { messages: 40, consumerGroup: 'two' }],
        ['settle', 'billing', 'orders', { messages: 99 }],
      ],
    })
    const [received, sent] = map.ties
    expect(sent).toMatchObject({ kind: 'send', count: 60 })
    expect(received).toMatchObject({ kind: 'receive', count: 100, errors: 3, groups: ['one', 'two'] })
  })

  it('has the longest wait of the groups at the destination', () => {
    const wait = (service: string, p95Nano: number) => ({
      consumerGroup: service,
      service,
      operation: 'process' as const,
      messages: 1,
      p50Nano: 1,
      p95Nano,
      p99Nano: 1,
      maxNano: 1,
    })
    const map = mapOf({
      routes: [
        ['send', 'shop', 'orders'],
        ['process', 'billing', 'orders'],
        ['process', 'audit', 'orders'],
      ],
      waits: new Map([['orders', [wait('billing', 5), wait('audit', 9)]]]),
    })
    expect(map.nodes[0]).toMatchObject({ kind: 'destination', p95Nano: 9, sent: 60, received: 120 })
    expect(map.ties.map(tie => tie.p95Nano)).toEqual([9, 5, undefined])
  })

  it('leads from an exchange into the queue that its messages came from', () => {
    const rabbit = { system: 'rabbitmq' }
    const routes: readonly Route[] = [
      ['send', 'shop', 'mails', rabbit],
      ['process', 'worker', 'mail-queue', rabbit],
    ]
    const links = [link('shop', 'worker', 60, 60)]
    expect(drawn(mapOf({ links, routes }))[1]).toBe(
      'destination rabbitmq mails route destination rabbitmq mail-queue: 60',
    )
    // Two exchanges: only the queue's name can tell.
    const two: readonly Route[] = [...routes, ['send', 'shop', 'tasks', rabbit]]
    expect(drawn(mapOf({ links, routes: two }))).toContain('service shop message service worker: 60')
    // It does, also where the same worker reads another queue that is sent to by its name.
    const named: readonly Route[] = [
      ['send', 'shop', 'mails', rabbit],
      ['send', 'shop', 'tasks', rabbit],
      ['process', 'worker', 'tasks', rabbit],
      ['process', 'worker', 'mails:new:mail-queue', rabbit],
    ]
    expect(drawn(mapOf({ links, routes: named })).filter(tie => tie.includes(' message '))).toEqual([])
    expect(drawn(mapOf({ links, routes: named }))).toContain(
      'destination rabbitmq mails route destination rabbitmq mails:new:mail-queue: 60',
    )
  })

  it('draws messages whose destination nobody names from service to service', () => {
    expect(drawn(mapOf({ links: [link('shop', 'billing', 70, 60)] }))).toEqual([
      'service shop call service billing: 10',
      'service shop message service billing: 60',
    ])
  })

  it('has services that nobody calls', () => {
    const map = mapOf({ requests: [{ service: 'alone', spans: 5, errors: 1, p95Nano: 7 }] })
    expect(map.nodes).toEqual([
      { kind: 'service', id: 'service alone', name: 'alone', handled: 5, errors: 1, p95Nano: 7 },
    ])
  })
})

describe('shownMap', () => {
  const chain = mapOf({ links: [link('a', 'b', 9), link('b', 'c', 8), link('c', 'd', 7), link('a', 'd', 6)] })
  const names = (focus: string | undefined, depth: number) =>
    shownMap(chain, focus, depth)?.nodes.map(({ name }) => name)

  it('narrows to what is near, in both directions', () => {
    expect(names(undefined, 1)).toEqual(['a', 'b', 'c', 'd'])
    expect(names(serviceId('b'), 1)).toEqual(['a', 'b', 'c'])
    expect(names(serviceId('b'), 2)).toEqual(['a', 'b', 'c', 'd'])
    expect(names(destinationId('kafka', 'gone'), 1)).toBeUndefined()
  })

  it('keeps the busiest of a map that is too large', () => {
    const links = Array.from({ length: mostNodes }, (_, i) => link('hub', `s${i}`, i + 1))
    const large = mapOf({ links })
    expect(large.nodes).toHaveLength(mostNodes + 1)
    const shown = shownMap(large, undefined, 1)
    expect(shown?.nodes).toHaveLength(mostNodes)
    expect(shown?.nodes.some(({ name }) => name === 's0')).toBe(false)
    expect(shown?.ties).toHaveLength(mostNodes - 1)
  })
})

describe('isFound', () => {
  it('finds by a part of the name, whatever its case', () => {
    const [node] = mapOf({ requests: [{ service: 'Order-API' }] }).nodes
    expect(node !== undefined && isFound(node, ' order')).toBe(true)
    expect(node !== undefined && isFound(node, 'orders')).toBe(false)
  })
})
