import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeTraces } from '@waybill/wire/otlp'
import { openStore } from '../open.ts'
import { temporaryFolder, writeSegment } from '../temporary-store.ts'
import { largestSegment } from './config.ts'

/** The least that `store.memory` may be, for one load at a time and for two. */
const leastMemory = [
  { memoryBytes: 750_000_000, concurrentLoads: 1 },
  { memoryBytes: 1_340_000_000, concurrentLoads: 2 },
]
const spansPerRequest = 500
const startNano = BigInt(Date.now()) * 1_000_000n

/** A request of spans as a consumer makes them: a dozen attributes, one of them a text of its own. */
function requestOf(number: number): Uint8Array {
  const spans = Array.from({ length: spansPerRequest }, (_, index) => {
    const id = number * spansPerRequest + index + 1
    return {
      traceId: String(id).padStart(32, '0'),
      spanId: String(id).padStart(16, '0'),
      name: 'process orders',
      kind: 5,
      startTimeUnixNano: String(startNano),
      endTimeUnixNano: String(startNano + 1_000_000n),
      attributes: [
        { key: 'messaging.system', value: { stringValue: 'kafka' } },
        { key: 'messaging.destination.name', value: { stringValue: 'orders' } },
        { key: 'messaging.operation.type', value: { stringValue: 'process' } },
        { key: 'messaging.kafka.offset', value: { intValue: String(id) } },
        ...Array.from({ length: 8 }, (_, at) => ({
          key: `order.${at}`,
          value: { stringValue: `${id}-${at}` },
        })),
      ],
    }
  })
  return encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

for (const limits of leastMemory)
  test(`the largest segment loads in its share of the least memory, ${limits.concurrentLoads} at once, without being halved`, async t => {
    const folder = await temporaryFolder(t)
    const { spans, bytes } = largestSegment(limits)
    const requests: Uint8Array[] = []
    let total = 0
    while ((requests.length + 1) * spansPerRequest <= spans) {
      const request = requestOf(requests.length)
      if (total + request.length > bytes) break
      requests.push(request)
      total += request.length
    }
    const store = await openStore({ dataDir: `${folder}/data`, limits })
    try {
      await store.load(await writeSegment(folder, 'largest', ...requests))
      const [row] = await store.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
      assert.equal(Number(row?.spans), requests.length * spansPerRequest)
    } finally {
      await store.close()
    }
  })
