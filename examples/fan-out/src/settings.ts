/** What a service of this example is told by its environment. */
export interface Settings {
  readonly port: number
  readonly brokers: readonly string[]
  readonly topic: string
  /** Of a consumer. */
  readonly groupId: string
  /** Where the page's links to traces lead. */
  readonly waybillUrl: string
}

export function readSettings(env = process.env): Settings {
  return {
    port: Number(env['PORT'] ?? 8081),
    brokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    topic: env['FAN_OUT_TOPIC'] ?? 'testTopic',
    groupId: env['FAN_OUT_GROUP'] ?? 'zipkin-consumer1',
    waybillUrl: env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
  }
}

/** Closes a service when it is told to end. The process ends by itself then, its spans sent. */
export function closeOnSignal(close: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      close().catch((error: unknown) => {
        console.error(error)
        process.exitCode = 1
      })
    })
  }
}
