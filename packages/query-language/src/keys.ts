import { messagingKeys, spanKinds, statusCodes } from '@waybill/model'
import type { CompareOperator } from './query.ts'

/** What a key is compared with. A `text` takes globs and regular expressions; the others stand in order. */
export type KeyValueType = 'text' | 'number' | 'duration' | 'size' | 'choice' | 'id'

/** What a key means, to the compiler, the highlighter and the reader alike. */
export interface KeyMeaning {
  readonly title: string
  readonly description: string
  readonly type: KeyValueType
  /** The values there are, for a `choice`. */
  readonly choices?: readonly string[]
  /** Attributes behind the key, newest spelling first; empty where it is no attribute. */
  readonly attributes: readonly string[]
  readonly example: string
}

/** The keys that are shorter than an attribute's name, or no attribute at all. */
export const shortKeys = {
  service: {
    title: 'Service',
    description: 'Service that made the span',
    type: 'text',
    attributes: ['service.name'],
    example: 'service:shop',
  },
  name: {
    title: 'Name',
    description: 'Name of the span',
    type: 'text',
    attributes: [],
    example: 'name:POST*',
  },
  kind: {
    title: 'Kind',
    description: 'Kind of the span',
    type: 'choice',
    choices: spanKinds,
    attributes: [],
    example: 'kind:consumer',
  },
  status: {
    title: 'Status',
    description: 'Status of the span',
    type: 'choice',
    choices: statusCodes,
    attributes: [],
    example: 'status:error',
  },
  message: {
    title: 'Status message',
    description: 'What the span says of its failure',
    type: 'text',
    attributes: [],
    example: 'message:*timeout*',
  },
  event: {
    title: 'Event',
    description: 'Name of an event in the span',
    type: 'text',
    attributes: [],
    example: 'event:exception',
  },
  dur: {
    title: 'Duration',
    description: 'Duration of the span',
    type: 'duration',
    attributes: [],
    example: 'dur>250ms',
  },
  'trace.dur': {
    title: 'Trace duration',
    description: 'From the first start to the last end of the trace',
    type: 'duration',
    attributes: [],
    example: 'trace.dur>2s',
  },
  trace: {
    title: 'Trace id',
    description: 'Id of the trace',
    type: 'id',
    attributes: [],
    example: 'trace:4bf92f3577b34da6a3ce929d0e0e4736',
  },
  span: {
    title: 'Span id',
    description: 'Id of the span',
    type: 'id',
    attributes: [],
    example: 'span:00f067aa0ba902b7',
  },
  destination: {
    title: 'Destination',
    description: 'Topic, queue or exchange of the message',
    type: 'text',
    attributes: messagingKeys.destination,
    example: 'destination:orders',
  },
  topic: {
    title: 'Topic',
    description: 'Topic of the message, in any system but RabbitMQ',
    type: 'text',
    attributes: messagingKeys.destination,
    example: 'topic:orders',
  },
  queue: {
    title: 'Queue',
    description: 'Queue of the message, in any system but Kafka',
    type: 'text',
    attributes: messagingKeys.destination,
    example: 'queue:mail',
  },
  exchange: {
    title: 'Exchange',
    description: 'Exchange the message was published to',
    type: 'text',
    attributes: messagingKeys.destination,
    example: 'exchange:orders',
  },
  rk: {
    title: 'Routing key',
    description: "RabbitMQ's routing key",
    type: 'text',
    attributes: messagingKeys.routingKey,
    example: 'rk:order.*',
  },
  partition: {
    title: 'Partition',
    description: 'Partition of the message',
    type: 'number',
    attributes: messagingKeys.partition,
    example: 'partition:3',
  },
  offset: {
    title: 'Offset',
    description: 'Offset of the message in its partition',
    type: 'number',
    attributes: messagingKeys.offset,
    example: 'offset:100..200',
  },
  key: {
    title: 'Message key',
    description: 'Key of the message',
    type: 'text',
    attributes: messagingKeys.key,
    example: 'key:order-17',
  },
  msgid: {
    title: 'Message id',
    description: 'Id of the message',
    type: 'text',
    attributes: messagingKeys.messageId,
    example: 'msgid:5f1c',
  },
  group: {
    title: 'Consumer group',
    description: 'Group that received the message',
    type: 'text',
    attributes: messagingKeys.consumerGroup,
    example: 'group:billing',
  },
  client: {
    title: 'Client id',
    description: 'Id of the messaging client',
    type: 'text',
    attributes: messagingKeys.clientId,
    example: 'client:billing-2',
  },
  system: {
    title: 'Messaging system',
    description: 'kafka, rabbitmq and others',
    type: 'text',
    attributes: messagingKeys.system,
    example: 'system:kafka',
  },
  cluster: {
    title: 'Cluster',
    description: "Kafka's cluster id",
    type: 'text',
    attributes: messagingKeys.clusterId,
    example: 'cluster:prod-1',
  },
  op: {
    title: 'Operation',
    description: 'What the span did with the message',
    type: 'choice',
    choices: ['create', 'send', 'receive', 'process', 'settle'],
    attributes: [...messagingKeys.operationType, ...messagingKeys.operation, ...messagingKeys.operationName],
    example: 'op:process',
  },
  size: {
    title: 'Size',
    description: 'Size of the message',
    type: 'size',
    attributes: messagingKeys.bodySizeBytes,
    example: 'size>5kb',
  },
  batch: {
    title: 'Batch size',
    description: 'Messages in the batch',
    type: 'number',
    attributes: messagingKeys.batchSize,
    example: 'batch>=100',
  },
  wait: {
    title: 'Time in queue',
    description: 'From the end of the send to the start of this span',
    type: 'duration',
    attributes: [],
    example: 'wait>5s',
  },
  e2e: {
    title: 'End to end',
    description: 'From the start of the send to the end of this span',
    type: 'duration',
    attributes: [],
    example: 'e2e>1m',
  },
  attempts: {
    title: 'Attempts',
    description: 'Number of the attempt, 1 for the first',
    type: 'number',
    attributes: messagingKeys.attempt,
    example: 'attempts>1',
  },
  dlq: {
    title: 'Dead letters',
    description: 'Dead-letter destination, or the one that its messages come from',
    type: 'text',
    attributes: messagingKeys.destination,
    example: 'dlq:orders',
  },
} as const satisfies Record<string, KeyMeaning>

export type ShortKey = keyof typeof shortKeys

/** What a key of a query stands for. */
export type KeyTarget =
  | { readonly type: 'short'; readonly key: ShortKey }
  | { readonly type: 'attribute'; readonly name: string; readonly of: 'any' | 'span' | 'resource' | 'event' }

const prefixes = [
  ['@', 'any'],
  ['span.', 'span'],
  ['resource.', 'resource'],
  ['event.', 'event'],
] as const

/**
 * Resolves a key. `@name` is always an attribute; `span.name`, `resource.name` and `event.name` look only
 * where they say. Without a prefix, attributes of the span and of its resource count.
 */
export function keyTarget(key: string): KeyTarget {
  if (Object.hasOwn(shortKeys, key)) return { type: 'short', key: key as ShortKey }
  for (const [prefix, of] of prefixes)
    if (key.startsWith(prefix) && key.length > prefix.length)
      return { type: 'attribute', name: key.slice(prefix.length), of }
  return { type: 'attribute', name: key, of: 'any' }
}

/** Meaning of a key; an attribute is a text that may also be compared as a number. */
export function keyMeaning(key: string): KeyMeaning {
  const target = keyTarget(key)
  if (target.type === 'short') return shortKeys[target.key]
  return {
    title: target.name,
    description: 'Attribute',
    type: 'text',
    attributes: [target.name],
    example: `${key}:value`,
  }
}

/** Operators that suit a type of key, as they are written. */
export function operatorsOf(type: KeyValueType): readonly CompareOperator[] {
  if (type === 'text') return ['=', '!=', '~', '!~']
  if (type === 'choice' || type === 'id') return ['=', '!=']
  return ['=', '!=', '>', '>=', '<', '<=']
}
