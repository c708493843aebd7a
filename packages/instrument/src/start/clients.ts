import { patchAmqplib } from '../clients/amqplib/trace.ts'
import { isKafkajs } from '../clients/kafkajs/partitions.ts'
import { patchKafkajs } from '../clients/kafkajs/trace.ts'
import type { MessagingOptions } from '../tracing.ts'
import type { ClientPatch } from './load-hooks.ts'

/** The clients that zero-code start traces, each by the module that holds what is patched. */
export function clientPatches(options: MessagingOptions = {}): readonly ClientPatch[] {
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
  ]
}
