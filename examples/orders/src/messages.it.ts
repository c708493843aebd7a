import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JourneyResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { isSkipped } from '@waybill/example-testing/left-out'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { TestSystem } from './testing/system.ts'
import { startSystem } from './testing/system.ts'

let system: TestSystem
before(async () => {
  system = await startSystem('rabbitmq')
})
after(() => system?.stop())

const email = { type: 'email', to: 'user@example.com', body: 'Hello!' }

test("the article's message is one trace over Node and Python, found by its correlation id", async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const placed = await orders.message(email)
  assert.equal(placed.httpStatus, 200)
  const answer = await waybill.trace(placed.traceId, 3)
  assert.deepEqual(outline(answer), [
    'message-service POST /messages',
    '  message-service publish tasks',
    '    message-worker process.task',
  ])
  assert.deepEqual(
    answer.trace.spans.map(({ kind }) => kind),
    ['server', 'producer', 'consumer'],
  )
  const { messageId, correlationId } = placed.answer
  for (const name of ['publish tasks', 'process.task']) {
    const attributes = attributesOf(spanNamed(answer, name))
    assert.equal(attributes['messaging.system'], 'rabbitmq')
    assert.equal(attributes['messaging.message.id'], messageId)
    assert.equal(attributes['messaging.message.conversation_id'], correlationId)
  }
  const [message, ...more] = answer.messages
  assert.deepEqual(more, [])
  assert.deepEqual([message?.facts.destination, message?.tie], ['tasks', 'parent'])
  const found = await waybill.traces(`messaging.message.conversation_id:${correlationId}`)
  assert.deepEqual(
    found.map(({ traceId }) => traceId),
    [placed.traceId],
  )
})

test('the way of a message by its id', async t => {
  if (isSkipped(t, system.orders.leftOut)) return
  const { waybill, orders } = system
  const { answer } = await orders.message(email)
  const path = apiPaths.messageJourney(String(answer['messageId']))
  const { system: broker, stops } = await waybill.answer<JourneyResponse>(
    path,
    journey => (journey.stops?.length ?? 0) >= 2,
  )
  assert.equal(broker, 'rabbitmq')
  assert.deepEqual(
    stops.map(({ span, operation, tie }) => [span.service, operation, tie]),
    [
      ['message-service', 'send', undefined],
      ['message-worker', 'process', 'parent'],
    ],
  )
})

test('what is no message is refused', async () => {
  for (const body of ['', '{', '[]', '{}', '{"type":"email"}', '{"type":1,"to":"x"}', '{"type":"","to":"x"}'])
    assert.equal((await system.orders.message(body)).httpStatus, 400, body)
})
