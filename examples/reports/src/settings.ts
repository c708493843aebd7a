/** What a service of this example is told by its environment. */
export interface Settings {
  readonly port: number
  readonly brokers: readonly string[]
  /** Topic of the commands. */
  readonly topic: string
  /** SQLite file that both services open. */
  readonly database: string
  /** Where the page's links to traces lead. */
  readonly waybillUrl: string
  /** The page of the other variant; empty where only one runs. */
  readonly otherUrl: string
}

export function readSettings(env = process.env): Settings {
  return {
    port: Number(env['PORT'] ?? 8080),
    brokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    topic: env['REPORTS_TOPIC'] ?? 'report',
    database: env['REPORTS_DATABASE'] ?? 'reports.sqlite',
    waybillUrl: env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
    otherUrl: env['REPORTS_OTHER_URL'] ?? '',
  }
}

/** Closes a service when it is told to end. Nobody calls `process.exit` before what is open has been closed. */
export function closeOnSignal(close: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      close().then(
        () => process.exit(0),
        error => {
          console.error(error)
          process.exit(1)
        },
      )
    })
  }
}
