/** What a service of this example is told by its environment. The defaults are those of the Kubernetes manifests. */
export interface Settings {
  readonly port: number
  readonly brokers: readonly string[]
  readonly topic: string
  /** Longest time that a step of a service takes. */
  readonly stepMs: number
  readonly urls: Readonly<Record<'inventory' | 'billing' | 'delivery' | 'notification', string>>
}

export function readSettings(env = process.env): Settings {
  return {
    port: Number(env['PORT'] ?? 8080),
    brokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    topic: env['ESHOP_TOPIC'] ?? 'eshop-topic',
    stepMs: Number(env['ESHOP_STEP_MS'] ?? 100),
    urls: {
      inventory: env['INVENTORY_URL'] ?? 'http://inventory:8080',
      billing: env['BILLING_URL'] ?? 'http://billing:8080',
      delivery: env['DELIVERY_URL'] ?? 'http://delivery:8080',
      notification: env['NOTIFICATION_URL'] ?? 'http://notification:8080',
    },
  }
}
