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
  ]
}
