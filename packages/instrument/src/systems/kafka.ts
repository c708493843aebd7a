import type { AttributeValue } from '@opentelemetry/api'
import { cut, textOf } from '../capture.ts'
import type { Peer } from '../message.ts'
import { wholeNumber } from '../message.ts'
import type { MessagingSystem, Route } from '../route.ts'
import { routeOf } from '../route.ts'
import type { MessagingTracing } from '../tracing.ts'

const oldOperations: Readonly<Record<string, string>> = { create: 'publish', send: 'publish' }

/** Kafka, as the conventions 1.44 describe it (messaging/kafka), and as those until 1.24 did. */
export const kafkaSystem: MessagingSystem = {
  name: 'kafka',
  operationNames: { create: 'create', send: 'send', receive: 'poll', process: 'process', settle: 'commit' },
  addRoute() {},
  addMessage(sink, message, maxLength) {
    const key = textOf(message.key)
    if (key !== undefined && isPrintable(key))
      sink.setAttribute('messaging.kafka.message.key', cut(key, maxLength))
    if (message.value === null) sink.setAttribute('messaging.kafka.message.tombstone', true)
    const offset = wholeNumber(message.offset)
    if (offset !== undefined) sink.setAttribute('messaging.kafka.offset', offset)
  },
  oldNames: {
    'messaging.operation.name': undefined,
    'messaging.operation.type': { name: 'messaging.operation', convert: oldOperation },
    'messaging.destination.partition.id': { name: 'messaging.kafka.destination.partition', convert: Number },
    'messaging.kafka.offset': { name: 'messaging.kafka.message.offset' },
    'messaging.consumer.group.name': { name: 'messaging.kafka.consumer.group' },
    'messaging.client.id': { name: 'messaging.client_id' },
  },
  oldAttributes: () => ({}),
}

/** A number as Kafka's own serializers write it is UTF-8 more often than not, and no text all the same. */
function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit === 0x7f) return false
  }
  return true
}

function oldOperation(type: AttributeValue): AttributeValue {
  return oldOperations[String(type)] ?? type
}

/** The routes of one producer or consumer: made when first asked for, made anew when its peer is another. */
export type KafkaRoutes = (topic: string, partition?: number, peer?: Peer) => Route

const maxTopics = 1000

/**
 * The routes of one Kafka client. Ask with the same `Peer` object for as long as nothing about it changes:
 * the route is compared by it.
 *
 * @param consumerGroup of a consumer's client; its group.id.
 */
export function kafkaRoutes(tracing: MessagingTracing, consumerGroup?: string): KafkaRoutes {
  const topics = new Map<string, Route[]>()
  return (topic, partition, peer) => {
    let routes = topics.get(topic)
    if (routes === undefined) {
      if (topics.size >= maxTopics) topics.clear()
      routes = []
      topics.set(topic, routes)
    }
    const place = partition === undefined || !(partition >= 0) ? 0 : partition + 1
    const known = routes[place]
    if (known !== undefined && known.facts.peer === peer) return known
    const route = routeOf(tracing, kafkaSystem, {
      destination: topic,
      partition: place === 0 ? undefined : partition,
      consumerGroup,
      peer,
    })
    routes[place] = route
    return route
  }
}
