import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Reader } from '../../store/engine.ts'
import type { Stories } from '../story-store.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { getWaits } from './waits.ts'

const message = (operation: 'send' | 'process', more: Readonly<Record<string, string | number>> = {}) => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': 'orders',
  'messaging.operation.type': operation,
  ...(operation === 'process' ? { 'messaging.consumer.group.name': 'billing' } : {}),
  ...more,
})
const at = (offset: number) => ({
  'messaging.destination.partition.id': '0',
  'messaging.kafka.offset': offset,
})
const send = { service: 'shop', kind: 'producer', name: 'send orders' } as const
const process = { service: 'billing', kind: 'consumer', name: 'process orders' } as const

/** Waits of 100, 200, 300 and 400 ms, each tied in another way; then what must count nowhere, or elsewhere. */
const stories: Stories = {
  1: [
    { ...send, id: 1, at: [0, 10], attributes: message('send') },
    // By its parent, although the coordinates name another send
    { ...process, id: 2, parent: 1, at: [110, 120], attributes: message('process', at(7)) },
  ],
  2: [{ ...send, id: 3, at: [0, 20], attributes: message('send', at(7)) }],
  3: [{ ...process, id: 4, at: [220, 230], attributes: message('process', at(7)) }],
  4: [{ ...send, id: 5, at: [0, 30], attributes: message('send', { 'messaging.message.id': 'm1' }) }],
  5: [
    { ...process, id: 6, at: [330, 340], attributes: message('process', { 'messaging.message.id': 'm1' }) },
  ],
  6: [{ ...send, id: 7, at: [0, 40], attributes: message('send') }],
  7: [
    {
      ...process,
      id: 8,
      at: [440, 450],
      attributes: message('process'),
      links: [{ trace: 6, id: 7 }],
    },
  ],
  8: [{ ...process, id: 9, at: [5, 6], attributes: message('process', at(99)) }],
  9: [
    { ...send, id: 10, at: [0, 50], attributes: message('send', { 'messaging.destination.name': 'mail' }) },
    {
      ...process,
      id: 11,
      parent: 10,
      at: [40, 60],
      attributes: message('process', { 'messaging.destination.name': 'mail' }),
    },
  ],
  10: [
    {
      ...send,
      id: 12,
      at: [20, 50],
      attributes: message('send', { 'messaging.destination.name': 'skewed' }),
    },
    {
      ...process,
      id: 13,
      parent: 12,
      at: [19, 60],
      attributes: message('process', { 'messaging.destination.name': 'skewed' }),
    },
  ],
}

describe('getWaits', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(stories))
  })
  after(() => close())

  it('ties by parent, coordinates, message id and link, and leaves out what has no send', async () => {
    const { destination, waits } = await getWaits(reader, { range: storyHour, destination: 'orders' })
    assert.equal(destination, 'orders')
    assert.deepEqual(waits, [
      {
        consumerGroup: 'billing',
        service: 'billing',
        operation: 'process',
        messages: 4,
        p50Nano: 300e6,
        p95Nano: 400e6,
        p99Nano: 400e6,
        maxNano: 400e6,
      },
    ])
  })

  it('counts no wait where a message was handled before its send was answered, and one below 0 before it began', async () => {
    for (const [destination, waitedNano] of [
      ['mail', 0],
      ['skewed', -31e6],
    ] as const) {
      const { waits } = await getWaits(reader, { range: storyHour, destination })
      assert.deepEqual(
        waits.map(({ messages, p50Nano }) => [messages, p50Nano]),
        [[1, waitedNano]],
      )
    }
  })

  it('finds the send before the range, and nothing for what was received outside of it', async () => {
    const from = BigInt(storyHour.startUnixNano) + 200_000_000n
    const range = { ...storyHour, startUnixNano: String(from) }
    const { waits } = await getWaits(reader, { range, destination: 'orders' })
    assert.equal(waits[0]?.messages, 3)
    const nothing = await getWaits(reader, { range: storyHour, destination: 'nowhere' })
    assert.deepEqual(nothing.waits, [])
  })
})
