import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { getCompletions } from '../complete/complete.ts'
import { getFacets } from '../counts/facets.ts'
import { getHistogram } from '../counts/histogram.ts'
import { queryStories } from '../query-stories.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { findTraceIds } from './search.ts'

let reader: Reader
let close: () => Promise<void>
before(async () => {
  ;({ reader, close } = await storeStories(queryStories))
})
after(() => close())

const asked = (text: string) => ({ query: parseQuery(text), range: storyHour })

describe('getHistogram', () => {
  it('counts traces at their first matching span', async () => {
    const { stepMs, startUnixMs, buckets, total } = await getHistogram(reader, asked('topic:orders'))
    assert.equal(stepMs, 60_000)
    assert.equal(startUnixMs, 1_699_999_980_000)
    assert.equal(buckets.length, 61)
    assert.equal(total, 3)
    assert.deepEqual(buckets[0], { traces: 2, errors: 1 })
    assert.deepEqual(buckets[1], { traces: 1, errors: 0 })
  })

  it('counts every trace where nothing is asked', async () => {
    const { total, buckets } = await getHistogram(reader, asked(''))
    assert.equal(total, 10)
    assert.equal(
      buckets.reduce((sum, bucket) => sum + bucket.traces, 0),
      10,
    )
  })

  it('has at most 91 bars, whatever the range', async () => {
    for (const length of [1n, 1_000_000n, 90_000_000n, 91_000_000n, 3_600_000_000_000n, 2n ** 62n]) {
      const range = { startUnixNano: '1', endUnixNano: String(1n + length) }
      const { buckets } = await getHistogram(reader, { query: parseQuery('is:error'), range })
      assert.ok(buckets.length >= 1 && buckets.length <= 91, `${buckets.length} bars for ${length} ns`)
    }
  })
})

describe('getFacets', () => {
  it('counts services, destinations, outcomes and waiting of the traces', async () => {
    const { facets } = await getFacets(reader, asked('topic:orders'))
    const texts = facets.map(
      facet => `${facet.title}: ${facet.values.map(value => `${value.value} ${value.count}`).join(', ')}`,
    )
    assert.deepEqual(texts, [
      'Service: shop 2, audit 1, billing 1',
      'Destination: orders 3, orders.dlq 1',
      'Outcome: processed 1, failed 1, dead-lettered 1, never consumed 1',
      'Waited: 1 s to 1 min 2',
    ])
  })

  it('gives for each value a query that finds as many traces', async () => {
    for (const text of ['', 'topic:orders', 'kind:consumer', 'service:shop'])
      for (const facet of (await getFacets(reader, asked(text))).facets)
        for (const { query, count, value } of facet.values) {
          const ids = await findTraceIds(reader, { ...asked(`${text} ${query}`), limit: 100 })
          assert.equal(ids.length, count, `${text} ${query} (${facet.title}: ${value})`)
        }
  })

  it('writes a value as it stands in the query', async () => {
    const queryOf = async (text: string, value: string) => {
      const { facets } = await getFacets(reader, asked(text))
      return facets.flatMap(facet => facet.values).find(found => found.value === value)?.query
    }
    assert.equal(await queryOf('', 'orders'), 'topic:orders')
    assert.equal(await queryOf('topic:orders', 'orders'), 'topic:orders')
    assert.equal(await queryOf('service:shop', 'orders'), '{topic:orders}')
    assert.equal(await queryOf('service:shop {topic:orders}', 'orders'), '{topic:orders}')
    assert.equal(await queryOf('service:shop', 'failed'), '{op:process is:error}')
    assert.equal(await queryOf('kind:producer', 'mails:order.created'), '{destination:mails:order.created}')
  })

  it('has none where nothing matches', async () => {
    assert.deepEqual(await getFacets(reader, asked('service:nobody')), { facets: [] })
  })
})

describe('getCompletions', () => {
  /** Labels of what may stand at the `|`. */
  async function labels(text: string): Promise<readonly string[]> {
    const at = text.indexOf('|')
    const { options } = await getCompletions(reader, text.replace('|', ''), at, storyHour)
    return options.map(option => option.label)
  }

  it('completes keys and attributes', async () => {
    assert.deepEqual(await labels('ser|'), ['service:', 'service.name:'])
    assert.deepEqual(await labels('status|'), ['status:', 'http.response.status_code:'])
    assert.deepEqual(await labels('-us|'), ['user.id:'])
    assert.deepEqual(await labels('topic:orders us|'), [])
    assert.deepEqual(await labels('host|'), ['host.name:'])
    assert.ok((await labels('|')).includes('is:'))
  })

  it('completes values that occur with the rest of the query', async () => {
    assert.deepEqual(await labels('service:|'), [
      'tick',
      'shop',
      'billing',
      'twice',
      'audit',
      'ledger',
      'mailer',
      'search',
      'twice-shop',
    ])
    assert.deepEqual(await labels('topic:orders service:|'), ['shop', 'audit', 'billing'])
    assert.deepEqual(await labels('service:b| topic:orders'), ['billing'])
    assert.deepEqual(await labels('offset:1042 service:|'), ['audit', 'billing', 'shop'])
    assert.deepEqual(await labels('topic:|'), ['orders', 'twice', 'payments', 'orders.dlq', 'reports'])
    assert.deepEqual(await labels('user.id:|'), ['u1', 'u2'])
    assert.deepEqual(await labels('name:"POST|'), ['"POST /orders"'])
    assert.deepEqual(await labels('event:|'), ['exception'])
    assert.deepEqual(await labels('kind:c|'), ['client', 'consumer'])
    assert.deepEqual(await labels('is:un|'), ['unconsumed'])
    assert.deepEqual(await labels('has:gro|'), ['group', 'messaging.consumer.group.name'])
    assert.deepEqual(await labels('dur>|'), [])
  })
})
