import type { MessagingOptions, MessagingTracing } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import { holds, warnOnce } from '../../warn.ts'
import { isConfluentKafka, traceConfluentKafka } from '../confluent/trace.ts'
import type { Cluster } from './cluster.ts'
import { peersOf, withClusterSeen } from './cluster.ts'
import { tracedConsumer } from './consumer.ts'
import type { KafkajsModule } from './partitions.ts'
import { defaultPartitioner, rememberingPartitioner } from './partitions.ts'
import { tracedProducer } from './producer.ts'
import type { Consumer, ConsumerConfig, KafkaClient, Producer, ProducerConfig } from './shapes.ts'

/** Under which a factory of ours keeps the client's own, so that nothing is traced twice. */
const original = Symbol.for('waybill.instrument.original')

type MakeProducer = (this: KafkaClient, config?: ProducerConfig) => Producer
type MakeConsumer = (this: KafkaClient, config?: ConsumerConfig) => Consumer

/**
 * A kafkajs client whose producers and consumers are traced: a view of `kafka`, which itself stays as it is.
 * Tracing a client again replaces the options.
 *
 * @param kafka an instance of `Kafka`: of kafkajs 2.x, or of @confluentinc/kafka-javascript 1.x, which is used in
 *   the same way.
 *
 * @example
 * const kafka = traceKafka(new Kafka({ brokers: ['localhost:9092'] }), { continue: 'both' })
 */
export function traceKafka<Kafka extends object>(kafka: Kafka, options: MessagingOptions = {}): Kafka {
  if (holds(() => isConfluentKafka(kafka))) return traceConfluentKafka(kafka, options)
  const tracing = messagingTracing(options)
  const client = kafka as unknown as KafkaClient
  if (!holds(() => typeof client.producer === 'function' && typeof client.consumer === 'function')) {
    warnOnce('traceKafka was given something that is no kafkajs client')
    return kafka
  }
  return Object.create(kafka, {
    producer: { value: producerFactory(client.producer, tracing), configurable: true, writable: true },
    consumer: { value: consumerFactory(client.consumer, tracing), configurable: true, writable: true },
  }) as Kafka
}

/**
 * Makes every client of a loaded kafkajs traced, those that exist already included; producers and consumers
 * that were made before are not. Patching again replaces the options.
 */
export function patchKafkajs(kafkajs: KafkajsModule, options: MessagingOptions = {}): void {
  const tracing = messagingTracing(options)
  const prototype = kafkajs.Kafka.prototype as KafkaClient
  prototype.producer = producerFactory(prototype.producer, tracing)
  prototype.consumer = consumerFactory(prototype.consumer, tracing)
}

function producerFactory(factory: MakeProducer, tracing: MessagingTracing): MakeProducer {
  const make = originalOf(factory)
  function producer(this: KafkaClient, config?: ProducerConfig): Producer {
    let cluster: Cluster | undefined
    const seen = withClusterSeen(this, made => {
      cluster = made
    })
    return tracedProducer(
      make.call(seen, withPartitioner(this, config)),
      tracing,
      peersOf(() => cluster),
    )
  }
  return Object.assign(producer, { [original]: make })
}

function consumerFactory(factory: MakeConsumer, tracing: MessagingTracing): MakeConsumer {
  const make = originalOf(factory)
  function consumer(this: KafkaClient, config?: ConsumerConfig): Consumer {
    let cluster: Cluster | undefined
    const seen = withClusterSeen(this, made => {
      cluster = made
    })
    return tracedConsumer(
      make.call(seen, config),
      tracing,
      peersOf(() => cluster),
      config?.groupId,
    )
  }
  return Object.assign(consumer, { [original]: make })
}

function originalOf<Factory extends object>(factory: Factory): Factory {
  return (factory as { [original]?: Factory })[original] ?? factory
}

function withPartitioner(kafka: KafkaClient, config: ProducerConfig | undefined): ProducerConfig | undefined {
  const given = config?.createPartitioner
  const create = given ?? defaultPartitioner(kafka)
  if (typeof create !== 'function') return config
  return Object.assign({}, config, { createPartitioner: rememberingPartitioner(create, create === given) })
}
