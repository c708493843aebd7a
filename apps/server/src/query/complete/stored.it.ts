import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Engine } from '../../store/engine.ts'
import type { Sample } from '../../store/now-samples.ts'
import { loadSamples, minuteMs } from '../../store/now-samples.ts'
import { temporaryFolder, temporaryStore } from '../../store/temporary-store.ts'
import type { TimeRange } from '../time-range.ts'
import { storedKeys, storedValues } from './stored.ts'

const hours = (before: number, after: number): TimeRange => ({
  startUnixNano: `${minuteMs - before * 3_600_000}000000`,
  endUnixNano: `${minuteMs + after * 3_600_000}000000`,
})
const lastHour = hours(1, 1)

const kafka = (destination: string, operation: string) => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': destination,
  'messaging.operation.type': operation,
  'messaging.client.id': `client of ${destination}`,
})
/** Spans of one operation, of which a sample has few. */
const many: readonly Sample[] = Array.from({ length: 300 }, (_, i) => ({
  service: 'crowd',
  name: 'GET',
  attributes: { 'order.id': `order-${i}`, 'rate%': 'a_b' },
}))

let engine: Engine
const undo: (() => unknown)[] = []
before(async () => {
  const t = { after: (step: () => unknown) => undo.unshift(step) }
  engine = await temporaryStore(t as never)
  await loadSamples(engine, await temporaryFolder(t as never), [
    ...many,
    {
      service: 'shop',
      name: 'send',
      kind: 4,
      attributes: kafka('orders', 'send'),
      resource: { 'host.name': 'h1' },
    },
    { service: 'billing', name: 'process', kind: 5, attributes: kafka('orders', 'process'), failed: true },
    { service: 'billing', name: 'send', kind: 4, attributes: kafka('payments', 'send') },
  ])
})
after(async () => {
  for (const step of undo) await step()
})

const asked = (text: string, range = lastHour) => ({ query: parseQuery(text), range })
const values = async (key: string, typed = '', rest = '', range = lastHour) =>
  (await storedValues(engine, key, typed, asked(rest, range))).map(({ value }) => value).sort()
const keys = async (typed: string, rest = '', range = lastHour) =>
  [...(await storedKeys(engine, typed, asked(rest, range)))].sort()

describe('storedValues', () => {
  it('has what operations say, as far as the rest of the query is about operations', async () => {
    assert.deepEqual(await values('topic'), ['orders', 'payments'])
    assert.deepEqual(await values('topic', '', 'service:shop'), ['orders'])
    assert.deepEqual(await values('service', '', 'topic:orders kind:consumer'), ['billing'])
    assert.deepEqual(await values('service', '', '-topic:orders op in (send, process)'), ['billing'])
    assert.deepEqual(await values('service', '', 'topic:pay*'), ['billing'])
    assert.deepEqual(await values('op'), ['process', 'send'])
    assert.deepEqual(await values('topic', "' OR 1=1"), [])
  })

  it('looks at spans where the rest of the query is about something else', async () => {
    assert.deepEqual(await values('service', '', 'is:error'), ['billing'])
    assert.deepEqual(await values('topic', '', 'dur<1s service:billing'), ['orders', 'payments'])
    assert.deepEqual(await values('client', '', 'topic:payments'), ['client of payments'])
  })

  it('knows the values of attributes, also by their short keys', async () => {
    assert.deepEqual(await values('messaging.client.id', 'PAY'), ['client of payments'])
    assert.deepEqual(await values('client', '', 'service:billing'), [
      'client of orders',
      'client of payments',
    ])
    assert.deepEqual(await values('host.name'), ['h1'])
    assert.deepEqual(await values('resource.host.name'), ['h1'])
    assert.deepEqual(await values('span.host.name'), [])
    assert.deepEqual(await values('event.host.name'), [])
    assert.deepEqual(await values('rate%', 'a_b', 'service.name:crowd'), ['a_b'])
    assert.deepEqual(await values('rate%', 'a%b'), [])
  })

  it('looks for a value that the sample lacks, once it is spelled', async () => {
    const sampled = await values('order.id')
    assert.equal(sampled.length, 10)
    const lacking = Array.from({ length: 300 }, (_, i) => `order-${i}`).find(
      id => id > 'order-2' && !sampled.includes(id),
    )
    assert.ok(lacking)
    assert.ok((await values('order.id', lacking)).includes(lacking))
  })

  it('has nothing of days long before', async () => {
    const before = hours(24 * 9, -24 * 8)
    assert.deepEqual(await values('topic', '', '', before), [])
    assert.deepEqual(await values('host.name', '', '', before), [])
    assert.deepEqual(await keys('', '', before), [])
  })
})

describe('storedKeys', () => {
  it('has attributes of spans and resources by a part of their names', async () => {
    assert.deepEqual(await keys('na'), ['host.name', 'messaging.destination.name', 'service.name'])
    assert.deepEqual(await keys('na', 'service:billing'), ['messaging.destination.name', 'service.name'])
    assert.deepEqual(await keys('%'), [])
    assert.deepEqual(await keys('rate%'), ['rate%'])
  })

  it('looks at spans where the rest of the query is about something else than services', async () => {
    assert.deepEqual(await keys('na', 'topic:orders kind:producer'), [
      'host.name',
      'messaging.destination.name',
      'service.name',
    ])
    assert.deepEqual(await keys('order', 'topic:orders'), [])
  })
})
