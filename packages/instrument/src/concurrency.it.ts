import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { connect } from 'amqplib'
import { traceChannel } from './index.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { testRabbitmq } from './testing/rabbitmq.ts'
import { traceparent } from './testing/routes.ts'
import { until } from './testing/until.ts'

const spans = collectSpans()
const rabbitmq = testRabbitmq()

const consumers = 50
const messagesEach = 10

test('50 consumers that interleave at every step keep 500 messages apart, and leave nothing active', async () => {
  const connection = await connect(rabbitmq.url)
  rabbitmq.atEnd(() => connection.close())
  const replies = await rabbitmq.queue()
  const queues = await Promise.all(Array.from({ length: consumers }, () => rabbitmq.queue()))
  const wrong: string[] = []
  let handling = 0
  let mostAtOnce = 0
  for (const queue of queues) {
    const channel = traceChannel(await connection.createChannel())
    await channel.consume(queue, async message => {
      if (message === null) return
      const own = message.content.toString()
      mostAtOnce = Math.max(mostAtOnce, ++handling)
      const check = (where: string): void => {
        if (propagation.getActiveBaggage()?.getEntry('own')?.value !== own) wrong.push(`${own} ${where}`)
      }
      check('at once')
      for (let turn = 0; turn < 1 + (Number(own) % 7); turn++) {
        await nextTurn()
        check(`after turn ${turn}`)
      }
      channel.sendToQueue(replies, message.content)
      await Promise.resolve()
      channel.ack(message)
      handling--
    })
  }
  const traceOf = (own: number): string => own.toString(16).padStart(32, '0')
  for (let own = 1; own <= consumers * messagesEach; own++) {
    const headers = {
      traceparent: traceparent('a').replace('a'.repeat(32), traceOf(own)),
      baggage: `own=${own}`,
    }
    await rabbitmq.send('', queues[own % consumers] ?? '', String(own), { headers })
  }
  const arrived = new Set<number>()
  for (let taken = 0; taken < consumers * messagesEach; taken++) {
    const { content, properties } = await rabbitmq.take(replies)
    const own = Number(content)
    arrived.add(own)
    assert.equal(String(properties.headers?.['traceparent']).slice(3, 35), traceOf(own))
    assert.equal(properties.headers?.['baggage'], `own=${own}`)
  }
  assert.equal(arrived.size, consumers * messagesEach)
  assert.deepEqual(wrong, [])
  assert.ok(mostAtOnce > 1)
  await until('all settled', () => spans.all().length === consumers * messagesEach * 3)
  // Each message: its processing, the reply it sent and its acknowledgement, in one trace.
  for (let own = 1; own <= consumers * messagesEach; own++)
    assert.equal(spans.all().filter(span => span.spanContext().traceId === traceOf(own)).length, 3)
  assert.equal(context.active(), ROOT_CONTEXT)
  assert.equal(trace.getActiveSpan(), undefined)
})
