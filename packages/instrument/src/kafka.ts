import { isUtf8 } from 'node:buffer'
import type { Attributes } from '@opentelemetry/api'
import type { Operation } from './rules.ts'
import { operationName } from './rules.ts'

/** What is known of the client and its cluster, whichever Kafka client it is. */
export interface KafkaPeer {
  readonly clientId: string | undefined
  readonly clusterId: string | undefined
  /** The broker that leads the partition, where the client's metadata tells. */
  readonly server: { readonly host: string; readonly port: number } | undefined
}

/** One record, going out or come in. */
export interface KafkaRecord {
  readonly key?: unknown
  readonly value?: unknown
  readonly offset?: unknown
}

/**
 * The attributes that every Kafka span has from its start (conventions 1.44, messaging and messaging/kafka):
 * what samplers may decide upon.
 */
export function operationAttributes(
  operation: Operation,
  topic: string,
  template: string | undefined,
  partition: number | undefined,
): Attributes {
  const attributes: Attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': operationName(operation),
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
  }
  if (template !== undefined) attributes['messaging.destination.template'] = template
  if (partition !== undefined) attributes['messaging.destination.partition.id'] = String(partition)
  return attributes
}

/** Adds who the client is, and with whom it speaks. */
export function addPeer(attributes: Attributes, peer: KafkaPeer, consumerGroup?: string): Attributes {
  if (peer.clientId !== undefined) attributes['messaging.client.id'] = peer.clientId
  if (consumerGroup !== undefined) attributes['messaging.consumer.group.name'] = consumerGroup
  if (peer.clusterId !== undefined) attributes['messaging.kafka.cluster.id'] = peer.clusterId
  if (peer.server !== undefined) {
    attributes['server.address'] = peer.server.host
    attributes['server.port'] = peer.server.port
  }
  return attributes
}

/** Adds what one record says: its key where that is a text, its offset, and whether it is a tombstone. */
export function addRecord(attributes: Attributes, record: KafkaRecord): Attributes {
  const key = keyText(record.key)
  if (key !== undefined) attributes['messaging.kafka.message.key'] = key
  if (record.value === null) attributes['messaging.kafka.message.tombstone'] = true
  const offset = offsetNumber(record.offset)
  if (offset !== undefined) attributes['messaging.kafka.offset'] = offset
  return attributes
}

/**
 * An offset as the integer that the conventions ask for. Kafka's offsets are int64; those that a number cannot
 * hold exactly are left out, as are the negative ones that stand for "unknown".
 */
export function offsetNumber(offset: unknown): number | undefined {
  if (offset === undefined || offset === null || offset === '') return undefined
  const number = Number(offset)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key
  return key instanceof Uint8Array && isUtf8(key) ? Buffer.from(key).toString('utf8') : undefined
}
