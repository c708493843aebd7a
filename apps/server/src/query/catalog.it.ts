import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { storyStartNano } from '@waybill/model/story'
import type { Reader } from '../store/engine.ts'
import { countSpans, getOperations, getServices } from './catalog.ts'
import type { Stories } from './story-store.ts'
import { storeStories } from './story-store.ts'

const startMs = Number(storyStartNano / 1_000_000n)
const dayMs = 86_400_000

const stories: Stories = {
  1: [
    { id: 1, at: [0, 1], service: 'shop', kind: 'server', name: 'POST /orders' },
    { id: 2, at: [5, 6], service: 'shop', kind: 'producer', name: 'send orders' },
    { id: 3, at: [9, 10], service: 'billing', kind: 'consumer', name: 'process orders', error: true },
  ],
  2: [
    { id: 1, at: [2 * dayMs, 2 * dayMs + 1], service: 'shop', kind: 'server', name: 'POST /orders' },
    { id: 2, at: [dayMs, dayMs + 1], service: 'shop', kind: 'internal', name: 'POST /orders' },
    { id: 3, at: [0, 1], service: '', kind: 'unspecified', name: '' },
  ],
}

let reader: Reader
let close: () => Promise<void>
before(async () => {
  ;({ reader, close } = await storeStories(stories))
})
after(() => close())

test('services come by name, with their spans and when they were seen last', async () => {
  assert.deepEqual(await getServices(reader), {
    services: [
      { name: '', spanCount: 1, lastSeenUnixMs: startMs },
      { name: 'billing', spanCount: 1, lastSeenUnixMs: startMs + 9 },
      { name: 'shop', spanCount: 4, lastSeenUnixMs: startMs + 2 * dayMs },
    ],
  })
})

test('operations are the names of spans with their kinds, each once', async () => {
  assert.deepEqual(await getOperations(reader, 'shop'), {
    operations: [
      { name: 'POST /orders', kind: 'internal' },
      { name: 'POST /orders', kind: 'server' },
      { name: 'send orders', kind: 'producer' },
    ],
  })
  assert.deepEqual(await getOperations(reader, ''), { operations: [{ name: '', kind: 'unspecified' }] })
})

test('operations of one kind, and of every service', async () => {
  assert.deepEqual(await getOperations(reader, 'shop', 'server'), {
    operations: [{ name: 'POST /orders', kind: 'server' }],
  })
  assert.deepEqual(await getOperations(reader, undefined, 'consumer'), {
    operations: [{ name: 'process orders', kind: 'consumer' }],
  })
  assert.equal((await getOperations(reader)).operations.length, 5)
})

test('a service that is not known has no operations', async () => {
  assert.deepEqual(await getOperations(reader, 'nobody'), { operations: [] })
  assert.deepEqual(await getOperations(reader, "shop' OR 1=1 --"), { operations: [] })
})

test('spans are counted', async () => {
  assert.equal(await countSpans(reader), 6)
})
