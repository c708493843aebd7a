import type { Channel, StubConnection } from './stub-amqplib.ts'
import { connectModule } from './stub-amqplib.ts'
import type { Kafka } from './stub-kafkajs.ts'

/** Who traces: nobody; OpenTelemetry's instrumentations on their SDK of either generation; ours on each tracer. */
export type Contender = 'bare' | 'opentelemetry-2' | 'opentelemetry-3' | 'waybill' | 'waybill-on-sdk'

export interface Setting {
  readonly contender: Contender
  /** `off` makes no trace sampled. `ring` keeps the last spans, `export` sends them to `exportUrl`. */
  readonly spans: 'off' | 'ring' | 'export'
  readonly exportUrl: string
}

/** A real client of kafkajs, as far as the benches use it. */
export type RealKafka = import('kafkajs').Kafka

/** The clients, traced or not. */
export interface Instrumented {
  kafka(): Kafka
  /** @param settles whether acknowledgements have spans of their own, where that can be chosen. */
  channel(settles: boolean): Channel
  realKafka(brokers: readonly string[]): Promise<RealKafka>
  /** Runs `handle` for each message of a batch: in its own context, where there is a way to do that. */
  each<Message extends object>(
    messages: readonly Message[],
    handle: (message: Message) => Promise<void>,
  ): Promise<void>
  /** Resolves when all spans that have ended are delivered. */
  flush(): Promise<void>
}

/** The client's settings in all runs against a broker. */
export function kafkaSettings(brokers: readonly string[]) {
  return { brokers: [...brokers], clientId: 'shop', logLevel: 0 }
}

export async function plainLoop<Message>(
  messages: readonly Message[],
  handle: (message: Message) => Promise<void>,
): Promise<void> {
  for (const message of messages) await handle(message)
}

/** An open connection: through `connect`, which instrumentations replace. */
export function connection(): StubConnection {
  let made: StubConnection | undefined
  connectModule.connect('amqp://localhost:5672', {}, (_, opened) => {
    made = opened
  })
  if (made === undefined) throw new Error('the stub did not connect')
  return made
}
