import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Stories } from '../story-store.ts'
import { storeStories } from '../story-store.ts'
import { countOrphans } from './orphans.ts'
import { mostOutlinedSpans, readOutline } from './outline.ts'

const kafka = { 'messaging.system': 'kafka', 'messaging.operation.type': 'send' }
const id = (trace: number) => trace.toString(16).padStart(32, '0') as TraceId

const manySpans = (count: number): Stories[number] =>
  Array.from({ length: count }, (_, i) => ({ id: i + 1, at: [0, 1] as const }))

describe('what is told of a trace without its spans', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories({
      1: [
        { id: 1, service: 'shop', kind: 'client', at: [0, 100], resource: { 'host.name': 'web-1' } },
        { id: 2, parent: 1, service: 'shop', kind: 'producer', at: [10, 5], attributes: kafka },
        { id: 2, parent: 9, service: 'bank', kind: 'consumer', at: [10, 20] },
      ],
      2: [{ id: 1, parent: 7, at: [0, 1] }],
      // The parent is in another trace, and one span came twice
      3: [
        { id: 3, parent: 1, at: [0, 1] },
        { id: 3, parent: 1, at: [0, 1] },
      ],
      4: manySpans(mostOutlinedSpans),
      5: manySpans(mostOutlinedSpans + 1),
    }))
  })
  after(() => close())

  it('has every span with its times, its parent, its host and what it did with a message', async () => {
    const outline = await readOutline(reader, id(1))
    const spans = (outline?.spans ?? []).toSorted((a, b) =>
      a.service + a.spanId < b.service + b.spanId ? -1 : 1,
    )
    assert.deepEqual(
      spans.map(({ resource: _resource, ...span }) => span),
      [
        {
          spanId: '0000000000000002',
          parentSpanId: '0000000000000009',
          service: 'bank',
          kind: 'consumer',
          startTimeUnixNano: '1700000000010000000',
          endTimeUnixNano: '1700000000020000000',
          operation: 'process',
        },
        {
          spanId: '0000000000000001',
          parentSpanId: '',
          service: 'shop',
          kind: 'client',
          startTimeUnixNano: '1700000000000000000',
          endTimeUnixNano: '1700000000100000000',
        },
        {
          spanId: '0000000000000002',
          parentSpanId: '0000000000000001',
          service: 'shop',
          kind: 'producer',
          startTimeUnixNano: '1700000000010000000',
          endTimeUnixNano: '1700000000005000000',
          operation: 'send',
        },
      ],
    )
    const [, first] = spans
    const attributes = outline?.resources[first?.resource ?? -1]?.attributes ?? []
    assert.ok(attributes.some(({ key }) => key === 'host.name'))
    assert.equal(await readOutline(reader, id(99)), undefined)
  })

  it('is not read of a trace that is too large to be judged', async () => {
    assert.equal((await readOutline(reader, id(4)))?.spans.length, mostOutlinedSpans)
    assert.equal(await readOutline(reader, id(5)), undefined)
  })

  it('counts spans whose parent is not there', async () => {
    assert.deepEqual([...(await countOrphans(reader, [id(1), id(2), id(3), id(99)]))].sort(), [
      [id(1), 1],
      [id(2), 1],
      [id(3), 1],
    ])
    assert.deepEqual(await countOrphans(reader, []), new Map())
    assert.deepEqual(await countOrphans(reader, [id(99)]), new Map())
  })
})
