import type { StorySpan } from '@waybill/model/story'
import { describe, expect, it } from 'vitest'
import { traceParts } from './parts.ts'
import { traceScene } from './scene.ts'
import { modelOf, ofMessage } from './test-stories.ts'
import { destinationText } from './texts.ts'

/** Boxes as `service: names`, destinations as their two lines, all else as its two lines; ties between them. */
function draw(spans: readonly StorySpan[]) {
  const model = modelOf(spans)
  const { parts, ties, tree } = traceParts(model)
  const names = new Map(
    parts.map(part => {
      if (part.kind === 'destination') {
        const { title, note } = destinationText(part)
        return [part.id, `(${title}: ${note})`]
      }
      if (part.kind === 'external')
        return [part.id, `[${part.title}: ${part.note}${part.isDatabase ? '' : ' (service)'}]`]
      if (part.kind === 'elsewhere') return [part.id, `<${part.title}: ${part.note}>`]
      const own = part.rows.map(({ node, depth }) => {
        const row = model.tree.rows[tree.nodes[node]?.rows[0] ?? -1]
        return `${'.'.repeat(depth)}${row?.kind === 'span' ? row.span.name : 'rest'}`
      })
      return [part.id, `${part.service}: ${own.join(' ')}`]
    }),
  )
  return {
    parts: [...names.values()],
    ties: ties.map(({ from, to, style }) => `${names.get(from)} ${style} ${names.get(to)}`),
  }
}

const shop = [
  { id: 1, service: 'shop', name: 'post', at: [0, 90] },
  { id: 2, parent: 1, service: 'shop', name: 'check', at: [1, 9] },
  {
    id: 3,
    parent: 1,
    service: 'shop',
    name: 'send',
    kind: 'producer',
    at: [10, 80],
    attributes: ofMessage('send', 'orders'),
  },
] as const satisfies readonly StorySpan[]
const process = { kind: 'consumer', name: 'process', attributes: ofMessage('process', 'orders') } as const

describe('traceParts', () => {
  it('keeps spans of one service together, and draws messages through their destination', () => {
    const { parts, ties } = draw([
      ...shop,
      { ...process, id: 4, parent: 3, service: 'billing', at: [2180, 2300] },
    ])
    expect(parts).toEqual(['shop: post .check .send', '(orders: waited 2.1 s in Kafka)', 'billing: process'])
    expect(ties).toEqual([
      'shop: post .check .send solid (orders: waited 2.1 s in Kafka)',
      '(orders: waited 2.1 s in Kafka) solid billing: process',
    ])
  })

  it('draws what is tied by a link dashed', () => {
    const { ties } = draw([
      ...shop,
      { ...process, id: 4, links: [{ id: 3 }], service: 'billing', at: [2180, 2300] },
    ])
    expect(ties.at(-1)).toBe('(orders: waited 2.1 s in Kafka) dashed billing: process')
  })

  it('tells the waits of several groups apart', () => {
    const model = modelOf([
      ...shop,
      { ...process, id: 4, parent: 3, service: 'billing', at: [2180, 2300] },
      { ...process, id: 5, parent: 3, service: 'audit', at: [3080, 3300] },
    ])
    expect(traceScene(model).sceneTies.map(({ lines }) => lines)).toEqual([
      [],
      ['waited 2.1 s'],
      ['waited 3 s'],
    ])
  })

  it('tells attempts of one message apart', () => {
    const attempt = (id: number, number: number, start: number): StorySpan => ({
      ...process,
      id,
      parent: 3,
      service: 'billing',
      at: [start, start + 10],
      attributes: { ...process.attributes, 'waybill.message.attempt': number },
    })
    const { sceneTies } = traceScene(modelOf([...shop, attempt(4, 1, 1080), attempt(5, 2, 2080)]))
    expect(sceneTies.map(({ lines }) => lines)).toEqual([
      [],
      ['waited 1 s', 'attempt 1'],
      ['waited 2 s', 'attempt 2'],
    ])
  })

  it('shows what nobody received', () => {
    expect(draw(shop).parts).toEqual(['shop: post .check .send', '(orders: not received)'])
  })

  it('draws calls between services, and follows-from as no call', () => {
    const followed = { id: 2, attributes: { 'opentracing.ref_type': 'follows_from' } }
    const { ties } = draw([
      { id: 1, service: 'a', name: 'call', at: [0, 50] },
      { id: 2, parent: 1, service: 'b', name: 'serve', at: [1, 40] },
      { id: 3, parent: 2, service: 'c', name: 'later', at: [41, 90], links: [followed] },
    ])
    expect(ties).toEqual(['a: call solid b: serve', 'b: serve dashed c: later'])
  })

  it('draws links beside the causes, within the trace and out of it', () => {
    const { parts, ties } = draw([
      { id: 1, service: 'a', name: 'one', at: [0, 50] },
      { id: 2, parent: 1, service: 'b', name: 'two', at: [1, 40] },
      { id: 3, parent: 2, service: 'c', name: 'three', at: [2, 30], links: [{ id: 1 }, { id: 7, trace: 9 }] },
    ])
    expect(parts).toContain('<not stored: in another trace>')
    expect(ties.slice(2)).toEqual([
      'a: one dashed c: three',
      '<not stored: in another trace> dashed c: three',
    ])
  })

  it('shows a missing parent', () => {
    const { parts, ties } = draw([
      { id: 2, parent: 77, service: 'b', name: 'two', kind: 'server', at: [1, 40] },
    ])
    expect(parts[0]).toBe('<missing parent: not stored>')
    expect(ties).toEqual(['<missing parent: not stored> solid b: two'])
  })
  const call = (id: number, attributes: StorySpan['attributes'] = {}, more: Partial<StorySpan> = {}) =>
    ({
      id,
      parent: 1,
      service: 'shop',
      name: `call ${id}`,
      kind: 'client',
      at: [id, 40],
      attributes,
      ...more,
    }) as const

  it('draws databases by all names that they have had, one for each box that calls it', () => {
    const insert = { 'db.system.name': 'postgresql', 'db.namespace': 'orders', 'server.address': 'db-1' }
    const { parts, ties } = draw([
      { id: 1, service: 'shop', name: 'post', at: [0, 50] },
      call(2, insert),
      call(3, { 'db.system': 'postgresql', 'db.name': 'orders', 'net.peer.name': 'db-1' }),
      call(4, { 'db.type': 'redis', 'db.instance': '0' }),
      call(5, { 'db.system': 'sqlite' }, { kind: 'internal' }),
      { id: 6, parent: 1, service: 'bank', name: 'serve', kind: 'server', at: [6, 30], attributes: insert },
      call(7, insert, { parent: 6, service: 'bank' }),
    ])
    const own = 'shop: post .call 2 .call 3 .call 4 .call 5'
    const bank = 'bank: serve .call 7'
    expect(parts).toEqual([
      ...[own, bank, '[orders: PostgreSQL at db-1]', '[0: Redis]', '[SQLite: database]'],
      '[orders: PostgreSQL at db-1]',
    ])
    expect(ties).toEqual([
      `${own} solid ${bank}`,
      `${own} solid [orders: PostgreSQL at db-1]`,
      `${own} solid [orders: PostgreSQL at db-1]`,
      `${own} solid [0: Redis]`,
      `${own} solid [SQLite: database]`,
      `${bank} solid [orders: PostgreSQL at db-1]`,
    ])
  })

  it('draws a service that sent no spans, and none that did, that called, or that is a broker', () => {
    const { parts } = draw([
      {
        id: 1,
        service: 'shop',
        name: 'post',
        kind: 'server',
        at: [0, 50],
        attributes: { 'peer.service': 'gateway' },
      },
      call(2, { 'peer.service': 'cards' }),
      call(3, { 'service.peer.name': 'mail', 'peer.service': 'mail (old)' }),
      call(4, { 'peer.service': 'bank' }),
      { id: 5, parent: 4, service: 'bank', name: 'serve', kind: 'server', at: [5, 30] },
      call(6, { 'messaging.system': 'kafka', 'peer.service': 'kafka' }),
      call(7, { 'peer.service': 'shop' }),
    ])
    expect(parts).toEqual([
      'shop: post .call 2 .call 3 .call 4 .call 6 .call 7',
      'bank: serve',
      '[cards: no spans stored (service)]',
      '[mail: no spans stored (service)]',
    ])
  })

  it('draws one database for a hundred calls of one name', () => {
    const calls = Array.from({ length: 100 }, (_, place) =>
      call(place + 2, { 'db.system': 'redis' }, { name: 'GET' }),
    )
    const { parts, ties } = draw([{ id: 1, service: 'shop', name: 'post', at: [0, 500] }, ...calls])
    expect(parts).toEqual(['shop: post .GET', '[Redis: database]'])
    expect(ties).toHaveLength(1)
  })
})
