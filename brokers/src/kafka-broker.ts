import type { KafkaCredentials } from './kafka-settings.ts'

/** A Kafka that answers. */
export interface KafkaBroker {
  /** `host:port` of every bootstrap broker. */
  readonly brokers: readonly string[]
  /** Where it comes from. */
  readonly kind: 'existing' | 'docker' | 'local'
  /** Ends what was started and removes its data; an existing broker is left alone. */
  stop(): Promise<void>
}

export interface KafkaOptions {
  /** The broker's port on 127.0.0.1; a free one when not given. */
  readonly port?: number
  /** What clients of a local broker log in with (SASL); without it, anybody may. */
  readonly credentials?: KafkaCredentials
  /** Has a local broker speak TLS, with the key and the certificate of this PEM file. */
  readonly pemPath?: string
  /** Where a local broker keeps its data, and finds it again; a temporary folder that goes with it where absent. */
  readonly dataDir?: string
  /** Java heap of a local broker. */
  readonly heapMegabytes?: number
  /** Told what takes time, such as a download. */
  readonly onProgress?: (line: string) => void
}
