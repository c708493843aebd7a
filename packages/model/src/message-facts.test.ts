import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatCoordinates, linkedMessagesOf, messageFactsOf } from './message-facts.ts'
import type { MessageFacts } from './messaging.ts'
import type { SpanKind } from './span.ts'
import type { StorySpan } from './story.ts'
import { tellTrace } from './story.ts'

function factsOf(
  kind: SpanKind,
  attributes: StorySpan['attributes'],
  name = 'span',
): MessageFacts | undefined {
  const span = tellTrace(1, [{ id: 1, kind, name, at: [0, 1], attributes: attributes ?? {} }]).spans[0]
  assert.ok(span)
  return messageFactsOf(span)
}

const consumed = {
  system: 'kafka',
  destination: 'orders',
  operation: 'process',
  partition: '3',
  offset: '1042',
  consumerGroup: 'billing',
} as const

test('semantic conventions 1.44', () => {
  const facts = factsOf('consumer', {
    'messaging.system': 'kafka',
    'messaging.destination.name': 'orders',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.partition.id': '3',
    'messaging.kafka.offset': 1042,
    'messaging.consumer.group.name': 'billing',
    'messaging.client.id': 'billing-2',
    'messaging.kafka.cluster.id': 'c1',
    'messaging.kafka.message.key': 'k3v9x2',
    'messaging.message.body.size': 210,
    'messaging.message.id': 'm-1',
  })
  assert.deepEqual(facts, {
    ...consumed,
    clientId: 'billing-2',
    clusterId: 'c1',
    key: 'k3v9x2',
    bodySizeBytes: 210,
    messageId: 'm-1',
  })
})

test('semantic conventions 1.24, as the Java agent sends them', () => {
  const facts = factsOf('consumer', {
    'messaging.system': 'kafka',
    'messaging.destination.name': 'orders',
    'messaging.operation': 'process',
    'messaging.kafka.destination.partition': 3,
    'messaging.kafka.message.offset': 1042,
    'messaging.kafka.consumer.group': 'billing',
    'messaging.client_id': 'billing-2',
    'messaging.message.payload_size_bytes': 210,
  })
  assert.deepEqual(facts, { ...consumed, clientId: 'billing-2', bodySizeBytes: 210 })
})

test('semantic conventions 1.18: the consumer names its source', () => {
  const facts = factsOf('consumer', {
    'messaging.system': 'kafka',
    'messaging.source.name': 'orders',
    'messaging.kafka.source.partition': 3,
    'messaging.kafka.message.offset': 1042,
    'messaging.kafka.consumer.group': 'billing',
    'messaging.operation': 'deliver',
  })
  assert.deepEqual(facts, consumed)
})

test('semantic conventions 1.4 to 1.16', () => {
  const facts = factsOf('consumer', {
    'messaging.system': 'kafka',
    'messaging.destination': 'orders',
    'messaging.destination_kind': 'topic',
    'messaging.kafka.partition': 3,
    'messaging.kafka.offset': '1042',
    'messaging.kafka.consumer_group': 'billing',
    'messaging.kafka.message_key': 'k',
    'messaging.message_payload_size_bytes': 7,
  })
  assert.deepEqual(facts, { ...consumed, key: 'k', bodySizeBytes: 7 })
})

test('amqplib of 2021: an empty exchange stands for the default one', () => {
  const facts = factsOf('producer', {
    'messaging.system': 'rabbitmq',
    'messaging.destination': '',
    'messaging.rabbitmq.routing_key': 'jobs',
    'messaging.message_id': 'm-1',
  })
  assert.deepEqual(facts, {
    system: 'rabbitmq',
    destination: 'jobs',
    operation: 'send',
    messageId: 'm-1',
    routingKey: 'jobs',
  })
})

test('Brave', () => {
  assert.deepEqual(factsOf('producer', { 'kafka.topic': 'orders', 'kafka.key': 'k' }, 'send'), {
    system: 'kafka',
    destination: 'orders',
    operation: 'send',
    key: 'k',
  })
  assert.equal(factsOf('consumer', { 'kafka.topic': 'orders' }, 'poll')?.operation, 'receive')
  assert.deepEqual(factsOf('consumer', { 'rabbit.queue': 'q', 'rabbit.exchange': 'x' }, 'next-message'), {
    system: 'rabbitmq',
    destination: 'q',
    operation: 'receive',
  })
})

test('OpenTracing: partition and offset count beside message_bus.destination only', () => {
  const tags = { component: 'java-kafka', 'peer.service': 'kafka', partition: 3, offset: 1042 }
  assert.deepEqual(factsOf('consumer', { 'message_bus.destination': 'orders', ...tags }, 'From_orders'), {
    system: 'kafka',
    destination: 'orders',
    operation: 'receive',
    partition: '3',
    offset: '1042',
  })
  assert.equal(factsOf('consumer', { partition: 3, offset: 1042 })?.offset, undefined)
})

test('dd-trace', () => {
  const facts = factsOf(
    'consumer',
    { 'kafka.topic': 'orders', 'kafka.partition': 3, 'kafka.message.offset': '1042', 'kafka.batch_size': 2 },
    'kafka.consume',
  )
  const { consumerGroup: _, ...rest } = consumed
  assert.deepEqual(facts, { ...rest, batchSize: 2 })
})

test('the newest of several spellings wins, wherever it stands', () => {
  for (const attributes of [
    { 'messaging.destination': 'old', 'messaging.destination.name': 'new' },
    { 'messaging.destination.name': 'new', 'messaging.destination': 'old' },
  ])
    assert.equal(factsOf('producer', attributes)?.destination, 'new')
})

test('what an operation was ever called', () => {
  const system = { 'messaging.system': 'kafka' }
  const said = (attributes: StorySpan['attributes']) =>
    factsOf('client', { ...system, ...attributes })?.operation
  assert.equal(said({ 'messaging.operation': 'publish' }), 'send')
  assert.equal(said({ 'messaging.operation': 'receive' }), 'receive')
  assert.equal(said({ 'messaging.operation.type': 'settle' }), 'settle')
  assert.equal(said({ 'messaging.operation.name': 'poll' }), 'receive')
  assert.equal(said({ 'messaging.operation.type': 'CREATE' }), 'create')
  // A type the conventions do not know, with a name they do.
  assert.equal(said({ 'messaging.operation.type': 'other', 'messaging.operation.name': 'ack' }), 'settle')
  assert.equal(said({}), undefined)
})

test('a span without a message has no facts; a producer without attributes still sends', () => {
  assert.equal(factsOf('internal', { 'messaging.system': 'kafka' }), undefined)
  assert.equal(factsOf('server', {}), undefined)
  assert.deepEqual(factsOf('producer', {}), { system: '', destination: '', operation: 'send' })
  assert.equal(factsOf('consumer', {})?.operation, 'process')
})

test('values that cannot be meant are no facts', () => {
  const facts = factsOf('consumer', {
    'messaging.destination.name': 'orders',
    'messaging.kafka.offset': 'latest',
    'messaging.batch.message_count': -1,
    'messaging.message.body.size': 1.5,
    'messaging.consumer.group.name': '',
  })
  assert.deepEqual(facts, { system: 'kafka', destination: 'orders', operation: 'process' })
})

test('a batch span names each message on its link', () => {
  const trace = tellTrace(2, [
    {
      id: 1,
      kind: 'consumer',
      at: [0, 1],
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'orders',
        'messaging.operation.type': 'process',
        'messaging.batch.message_count': 2,
        'messaging.consumer.group.name': 'audit',
      },
      links: [
        {
          id: 7,
          trace: 1,
          attributes: { 'messaging.kafka.offset': 5, 'messaging.destination.partition.id': '0' },
        },
        { id: 8, trace: 1 },
      ],
    },
  ])
  const [span] = trace.spans
  assert.ok(span)
  const [linked, ...rest] = linkedMessagesOf(span)
  assert.deepEqual(rest, [])
  assert.deepEqual(linked?.facts, {
    system: 'kafka',
    destination: 'orders',
    operation: 'process',
    consumerGroup: 'audit',
    partition: '0',
    offset: '5',
  })
  assert.equal(linked?.spanId, '0000000000000007')
})

test('coordinates read as far as they are known', () => {
  const facts = { system: 'kafka', destination: 'orders', operation: 'send' } as const
  assert.equal(formatCoordinates({ ...facts, partition: '3', offset: '1042' }), 'orders[3]@1042')
  assert.equal(formatCoordinates({ ...facts, partition: '3' }), 'orders[3]')
  assert.equal(formatCoordinates(facts), 'orders')
  assert.equal(formatCoordinates({ ...facts, messageId: 'm-1' }), 'orders m-1')
  assert.equal(formatCoordinates({ ...facts, destination: '' }), 'kafka')
  assert.equal(formatCoordinates({ ...facts, destination: '', system: '' }), 'message')
})
