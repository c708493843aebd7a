import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, processEach, traced } from '../../index.ts'
import { testKafka } from '../../testing/kafka.ts'
import { until } from '../../testing/until.ts'

const kafka = testKafka()

test('with no SDK, messages and headers pass as they are, and handlers run', async () => {
  const topic = await kafka.topic()
  const producer = await kafka.producer()
  const headers = { traceparent: 'of somebody else', tracestate: 'x=1', own: 'kept', twice: ['1', '2'] }
  const [answer] = await producer.send({
    topic,
    messages: [{ key: 'k', value: 'v', headers }, { value: null }],
  })
  assert.equal(answer?.baseOffset, '0')
  const seen: unknown[] = []
  const step = traced('step', (value: unknown) => value)
  await kafka.consume([topic], {
    async eachMessage({ message }) {
      contextOf(message)
      const texts = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
      seen.push(step(Object.fromEntries(texts)))
    },
  })
  const batched: unknown[] = []
  await kafka.consume([topic], {
    eachBatch: ({ batch, resolveOffset }) =>
      processEach(batch, message => {
        batched.push(message.value?.toString())
        resolveOffset(message.offset)
      }),
  })
  await until('both consumers', () => seen.length === 2 && batched.length === 2)
  assert.deepEqual(seen, [{ ...headers, twice: '1,2' }, {}])
  assert.deepEqual(batched, ['v', undefined])
})
