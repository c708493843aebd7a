/**
 * Every name that the facts of a message have had, newest first: semantic conventions 1.44 back to 1.4
 * (schemas/1.44.0 and the CHANGELOG name the changes), then Brave, OpenTracing (java-kafka-client) and
 * dd-trace. The first one present wins. The store fills its columns from the same lists.
 */
export const messagingKeys = {
  system: ['messaging.system'],
  destination: [
    'messaging.destination.name',
    'messaging.destination', // until 1.16
    'messaging.source.name', // 1.17 to 1.20, consumers
    'message_bus.destination', // OpenTracing
    'kafka.topic', // Brave, dd-trace
    'amqp.queue', // dd-trace
    'rabbit.queue', // Brave
    'amqp.exchange', // dd-trace
    'rabbit.exchange', // Brave
  ],
  routingKey: [
    'messaging.rabbitmq.destination.routing_key',
    'messaging.rabbitmq.routing_key', // until 1.16
    'amqp.routingKey', // dd-trace
    'rabbit.routing_key', // Brave
  ],
  operationType: ['messaging.operation.type'],
  operation: ['messaging.operation'], // until 1.25
  operationName: ['messaging.operation.name'],
  partition: [
    'messaging.destination.partition.id', // text, since 1.25
    'messaging.kafka.destination.partition', // int, 1.17 to 1.24
    'messaging.kafka.source.partition', // 1.17 to 1.20, consumers
    'messaging.kafka.partition', // until 1.16
    'message_bus.partition',
    'kafka.partition', // dd-trace
  ],
  offset: [
    'messaging.kafka.offset', // since 1.27; kafkajs sends it as text
    'messaging.kafka.message.offset',
    'message_bus.offset',
    'kafka.message.offset', // dd-trace
    'kafka.offset',
  ],
  messageId: ['messaging.message.id', 'messaging.message_id'],
  key: [
    'messaging.kafka.message.key',
    'messaging.kafka.message_key', // until 1.16
    'kafka.key', // Brave
    'kafka.message.key', // dd-trace
  ],
  consumerGroup: [
    'messaging.consumer.group.name',
    'messaging.kafka.consumer.group', // 1.17 to 1.26
    'messaging.kafka.consumer_group', // until 1.16
    'kafka.consumer_group',
    'kafka.group', // dd-trace
  ],
  clientId: [
    'messaging.client.id',
    'messaging.client_id', // 1.21 to 1.25
    'messaging.kafka.client_id', // until 1.20
    'kafka.client_id',
  ],
  clusterId: ['messaging.kafka.cluster.id', 'kafka.cluster_id'],
  attempt: [
    'waybill.message.attempt',
    'messaging.gcp_pubsub.message.delivery_attempt',
    'messaging.servicebus.message.delivery_count',
  ],
  bodySizeBytes: [
    'messaging.message.body.size',
    'messaging.message.payload_size_bytes', // 1.17 to 1.21
    'messaging.message_payload_size_bytes', // until 1.16
  ],
  batchSize: [
    'messaging.batch.message_count',
    'messaging.batch_size',
    'kafka.batch_size', // dd-trace
  ],
} as const satisfies Record<string, readonly string[]>

/**
 * What OpenTracing's java-kafka-client calls partition and offset. Too plain to mean a message by
 * themselves: they count only beside `message_bus.destination`.
 */
export const openTracingKeys = { partition: 'partition', offset: 'offset' } as const

/** What the values of the operation attributes meant, in any version. */
export const operationWords: Readonly<Record<string, 'create' | 'send' | 'receive' | 'process' | 'settle'>> =
  {
    create: 'create',
    send: 'send',
    publish: 'send', // until 1.27
    produce: 'send',
    receive: 'receive',
    poll: 'receive',
    process: 'process',
    deliver: 'process', // until 1.24
    consume: 'process',
    settle: 'settle',
    commit: 'settle',
    ack: 'settle',
    nack: 'settle',
    reject: 'settle',
  }
