import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { handleMessage } from './process.ts'
import type { Conventions } from './semconv.ts'
import { conventionsOf } from './semconv.ts'
import { endSend, startSend } from './send.ts'
import { kafkaRoutes } from './systems/kafka.ts'
import { consumerDestination, producerDestination, rabbitmqRoutes } from './systems/rabbitmq.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, rabbitmqRoute } from './testing/routes.ts'
import { messagingTracing } from './tracing.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

const kafkaOld = {
  'messaging.system': 'kafka',
  'messaging.operation': 'process',
  'messaging.destination.name': 'orders',
  'messaging.kafka.destination.partition': 2,
  'messaging.kafka.consumer.group': 'g',
  'messaging.kafka.message.key': 'k',
  'messaging.kafka.message.offset': 5,
}
const kafkaNew = {
  'messaging.system': 'kafka',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': 'orders',
  'messaging.destination.partition.id': '2',
  'messaging.consumer.group.name': 'g',
  'messaging.kafka.message.key': 'k',
  'messaging.kafka.offset': 5,
}

test('OTEL_SEMCONV_STABILITY_OPT_IN: new unless both are asked for, among the words of others', () => {
  assert.equal(conventionsOf(undefined), 'new')
  assert.equal(conventionsOf(''), 'new')
  assert.equal(conventionsOf('http/dup, database'), 'new')
  assert.equal(conventionsOf('messaging'), 'new')
  assert.equal(conventionsOf('http, messaging/dup ,messaging'), 'both')
})

test('the variable is read; an option goes before it', () => {
  process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] = 'messaging/dup'
  assert.equal(messagingTracing().conventions, 'both')
  assert.equal(messagingTracing({ conventions: 'new' }).conventions, 'new')
  delete process.env['OTEL_SEMCONV_STABILITY_OPT_IN']
  assert.equal(messagingTracing().conventions, 'new')
})

test('Kafka: new, old (1.24) and both', () => {
  const expected: Readonly<Record<Conventions, object>> = {
    new: kafkaNew,
    old: kafkaOld,
    both: { ...kafkaNew, ...kafkaOld },
  }
  for (const conventions of ['new', 'old', 'both'] as const) {
    spans.clear()
    const route = kafkaRoute({ conventions }, 'orders', 2, 'g')
    handleMessage(route, { headers: {}, key: 'k', offset: 5 }, () => {})
    assert.deepEqual(spans.one('process orders').attributes, expected[conventions], conventions)
  }
  endSend(startSend(kafkaRoute({ conventions: 'old' }), { headers: {} }))
  assert.equal(spans.one('send orders').attributes['messaging.operation'], 'publish')
})

test('RabbitMQ: the names of 2021', () => {
  const route = rabbitmqRoute({ conventions: 'old' }, { name: 'mails' }, 'shop', 'order')
  handleMessage(route, { headers: {}, messageId: 'm', conversationId: 'c', deliveryTag: 1 }, () => {})
  assert.deepEqual(spans.one('process shop:order:mails').attributes, {
    'messaging.system': 'rabbitmq',
    'messaging.operation': 'process',
    'messaging.destination': 'shop',
    'messaging.destination_kind': 'topic',
    'messaging.rabbitmq.routing_key': 'order',
    'messaging.protocol': 'AMQP',
    'messaging.protocol_version': '0.9.1',
    'messaging.message_id': 'm',
    'messaging.conversation_id': 'c',
  })
})

test('RabbitMQ destinations are named as the conventions say', () => {
  assert.equal(producerDestination('shop', 'order'), 'shop:order')
  assert.equal(producerDestination('shop', ''), 'shop')
  assert.equal(producerDestination('', 'mails'), 'mails')
  assert.equal(producerDestination('', ''), 'amq.default')
  assert.equal(consumerDestination('shop', 'order', 'mails'), 'shop:order:mails')
  assert.equal(consumerDestination('', 'mails', 'mails'), 'mails')
  assert.equal(consumerDestination('shop', '', 'mails'), 'shop:mails')
  assert.equal(consumerDestination('shop', 'mails', 'mails'), 'shop:mails')
})

test('routes are kept while their peer stays the same, in a bounded number', () => {
  const kafka = kafkaRoutes(messagingTracing())
  const [peer, other] = [{ clientId: 'a' }, { clientId: 'a' }]
  const route = kafka('t', 0, peer)
  assert.equal(kafka('t', 0, peer), route)
  assert.notEqual(kafka('t', 1, peer), route)
  assert.notEqual(kafka('t', undefined, peer), route)
  assert.equal(kafka('t', 0, peer), route)
  assert.notEqual(kafka('t', 0, other), route)
  for (const partition of [-1, Number.NaN]) assert.equal(kafka('t', partition).facts.partition, undefined)
  const rabbit = rabbitmqRoutes(messagingTracing())
  const first = rabbit.published('e', 'key-0')
  for (let i = 1; i < 1000; i++) rabbit.published('e', `key-${i}`)
  assert.equal(rabbit.published('e', 'key-0'), first)
  rabbit.published('e', 'key-1000')
  assert.notEqual(rabbit.published('e', 'key-0'), first)
})
