import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTracerProvider, registerTracing } from '@waybill/tracer'
import { processEach, traceKafka } from '../index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let ended = 0
registerTracing(
  createTracerProvider({
    sink: {
      add() {
        ended++
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  }),
)

type Handler = (payload: object) => Promise<void>

/** What an application sees of a kafkajs client, without a broker behind it. */
function stubClient() {
  let handlers: { readonly eachMessage?: Handler; readonly eachBatch?: Handler } = {}
  return {
    producer: () => ({
      send: async ({ topic }: { topic: string; messages: readonly object[] }) => [
        { topicName: topic, partition: 0, baseOffset: '0' },
      ],
    }),
    consumer: (_: { groupId: string }) => ({
      async run(config: typeof handlers) {
        handlers = config
      },
    }),
    deliver: (payload: object) => handlers.eachMessage?.(payload),
    deliverBatch: (payload: object) => handlers.eachBatch?.(payload),
  }
}

const rounds = 10
const messagesARound = 100_000
const batchSize = 100
const maxGrowthBytes = 2_000_000

test('a million messages consumed, singly and in batches, and sent on: the heap stays as it was', async () => {
  const stub = stubClient()
  const kafka = traceKafka(stub, { paths: true })
  const producer = kafka.producer()
  const message = (offset: number) => ({
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    offset: String(offset),
    timestamp: '1700000000000',
    headers: {
      traceparent: Buffer.from(`00-${(offset + 1).toString(16).padStart(32, '0')}-00000000000000aa-01`),
      baggage: Buffer.from('tenant=a'),
    },
  })
  const forward = async ({ value }: { value: Buffer }): Promise<void> => {
    await producer.send({ topic: 'out', messages: [{ value }] })
  }
  await kafka.consumer({ groupId: 'group' }).run({
    eachMessage: payload => forward((payload as { message: { value: Buffer } }).message),
    eachBatch: payload =>
      processEach((payload as { batch: { messages: { value: Buffer }[] } }).batch, async received => {
        void received.value
      }),
  })
  const sizes: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (let offset = 0; offset < messagesARound / 2; offset++)
      await stub.deliver({ topic: 'in', partition: 0, message: message(offset) })
    for (let offset = 0; offset < messagesARound / 2; offset += batchSize) {
      const messages = Array.from({ length: batchSize }, (_, index) => message(offset + index))
      const batch = { topic: 'in', partition: 0, highWatermark: '9', messages }
      await stub.deliverBatch({ batch, resolveOffset() {} })
    }
    collect()
    sizes.push(process.memoryUsage().heapUsed)
  }
  // A span a message and one for what half of them send; one a batch for the other half.
  assert.equal(ended, rounds * (messagesARound * 1.5 + messagesARound / 2 / batchSize))
  const grown = (sizes[rounds - 1] ?? 0) - (sizes[1] ?? 0)
  assert.ok(grown < maxGrowthBytes, `${sizes.map(bytes => Math.round(bytes / 1000)).join(' ')} kB`)
})
