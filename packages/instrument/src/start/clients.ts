import { patchAmqplib } from '../clients/amqplib/trace.ts'
import { patchCloudamqp } from '../clients/cloudamqp/trace.ts'
import { patchConfluent } from '../clients/confluent/trace.ts'
import { isKafkajs } from '../clients/kafkajs/partitions.ts'
import { patchKafkajs } from '../clients/kafkajs/trace.ts'
import { librdkafkaModules, patchLibrdkafka } from '../clients/librdkafka/trace.ts'
import { tracePlatformaticInstances } from '../clients/platformatic/trace.ts'
import { patchRabbitmqClient } from '../clients/rabbitmq-client/trace.ts'
import type { MessagingOptions } from '../tracing.ts'
import type { ClientPatch, SourceAddition } from './load-hooks.ts'
import { onLoaded } from './load-hooks.ts'

/**
 * Traces every client of this process, those by their own channels that have some, the others by patching modules:
 * those that are loaded now, and through the additions returned, those that will be.
 */
export function traceClients(options: MessagingOptions = {}): readonly SourceAddition[] {
  tracePlatformaticInstances(options)
  return onLoaded(clientPatches(options))
}

/** The clients that have no channels, each by the module that holds what is patched. */
function clientPatches(options: MessagingOptions): readonly ClientPatch[] {
  return [
    {
      module: 'kafkajs/index.js',
      patch(kafkajs) {
        if (isKafkajs(kafkajs)) patchKafkajs(kafkajs, options)
      },
    },
    ...['channel_model', 'callback_model', 'connection'].map(name => ({
      module: `amqplib/lib/${name}.js`,
      patch: (amqplib: object) => patchAmqplib(amqplib, options),
    })),
    {
      module: 'rabbitmq-client/lib/index.js',
      patch: rabbitmqClient => patchRabbitmqClient(rabbitmqClient, options),
    },
    ...cloudamqpPatches(options),
    ...['@confluentinc/kafka-javascript', 'node-rdkafka'].flatMap(name =>
      librdkafkaModules.map(file => ({
        module: `${name}/lib/${file}.js`,
        patch: (exported: object) => patchLibrdkafka(file, exported, options),
      })),
    ),
    ...['_producer', '_consumer'].map(file => ({
      module: `@confluentinc/kafka-javascript/lib/kafkajs/${file}.js`,
      patch: (exported: object) => patchConfluent(exported, options),
    })),
  ]
}

/** The package holds everything twice: the classes that `import` gives are not those that `require` gives. */
function cloudamqpPatches(options: MessagingOptions): readonly ClientPatch[] {
  const patch = (cloudamqp: object): void => patchCloudamqp(cloudamqp, options)
  return [
    { file: 'amqp-base-client.js', name: 'AMQPBaseClient' },
    { file: 'amqp-queue.js', name: 'AMQPQueue' },
  ].flatMap(({ file, name }) => [
    { module: `@cloudamqp/amqp-client/lib/mjs/${file}`, exports: `{${name}}`, patch },
    { module: `@cloudamqp/amqp-client/lib/cjs/${file}`, patch },
  ])
}
