import { opentelemetry } from './opentelemetry.ts'
import type { Instrumented, Setting } from './setting.ts'
import { connection, kafkaSettings, plainLoop } from './setting.ts'
import { Channel } from './stub-amqplib.ts'
import { Kafka } from './stub-kafkajs.ts'
import { waybill } from './waybill.ts'

/** Starts what traces, for the whole process. */
export async function instrumented(setting: Setting): Promise<Instrumented> {
  switch (setting.contender) {
    case 'bare':
      return bare
    case 'waybill':
    case 'waybill-on-sdk':
      return waybill(setting)
    default:
      return opentelemetry(setting)
  }
}

const bare: Instrumented = {
  kafka: () => new Kafka(),
  channel: () => new Channel(connection()),
  realKafka: async brokers => new (await import('kafkajs')).Kafka(kafkaSettings(brokers)),
  each: plainLoop,
  flush: async () => {},
}
