import { folderOfGeneration } from './opentelemetry-3.ts'
import type { Load } from './sdk.ts'
import { loaderIn, startSdk } from './sdk.ts'
import type { Instrumented, RealKafka, Setting } from './setting.ts'
import { connection, kafkaSettings, plainLoop } from './setting.ts'
import { Channel, ConfirmChannel, connectModule } from './stub-amqplib.ts'
import { factories, Kafka } from './stub-kafkajs.ts'

/** What an instrumentation does to one module, and to files of it. */
interface ModuleDefinition {
  readonly patch?: (module: object) => object
  readonly files: readonly { readonly name: string; readonly patch: (file: unknown) => unknown }[]
}

interface Instrumentation {
  init(): ModuleDefinition
}

/** OpenTelemetry's instrumentations for kafkajs and amqplib on its SDK, of the generation that the setting says. */
export function opentelemetry(setting: Setting): Instrumented {
  const isThird = setting.contender === 'opentelemetry-3'
  const load = loaderIn(folderOfGeneration(isThird ? 3 : 2))
  const sdkName = isThird ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-base'
  const { provider } = startSdk(load, sdkName, setting)
  return {
    kafka() {
      const definition = kafkajsInstrumentation(load).init()
      definition.patch?.({ Kafka })
      for (const { name, patch } of definition.files) {
        if (name.includes('producer')) factories.producer = patch(factories.producer) as never
        if (name.includes('consumer')) factories.consumer = patch(factories.consumer) as never
      }
      return new Kafka()
    },
    channel() {
      const { AmqplibInstrumentation } = load<{ AmqplibInstrumentation: new () => Instrumentation }>(
        '@opentelemetry/instrumentation-amqplib',
      )
      for (const { name, patch } of new AmqplibInstrumentation().init().files) {
        if (name.includes('channel_model')) patch({ Channel, ConfirmChannel })
        if (name.includes('connect')) patch(connectModule)
      }
      return new Channel(connection())
    },
    async realKafka(brokers) {
      // It replaces what `require` gives from now on.
      kafkajsInstrumentation(load)
      const { Kafka: Traced } = loaderIn(folderOfGeneration(2))<{
        Kafka: new (settings: object) => RealKafka
      }>('kafkajs')
      return new Traced(kafkaSettings(brokers))
    },
    each: plainLoop,
    flush: () => provider.forceFlush(),
  }
}

function kafkajsInstrumentation(load: Load): Instrumentation {
  const { KafkaJsInstrumentation } = load<{ KafkaJsInstrumentation: new () => Instrumentation }>(
    '@opentelemetry/instrumentation-kafkajs',
  )
  return new KafkaJsInstrumentation()
}
