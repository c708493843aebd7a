/** How the context of an order travels: by the instrumentation, or by a line of this service's own, right or wrong. */
export type Propagation = 'instrumentation' | 'by hand' | 'none' | 'object' | 'object as text'

export interface Settings {
  readonly port: number
  readonly brokers: readonly string[]
  readonly propagation: Propagation
}

export function readSettings(env = process.env): Settings {
  return {
    port: Number(env['ORDER_PORT'] ?? 3001),
    brokers: (env['KAFKA_BROKERS'] ?? 'localhost:9092').split(','),
    propagation: (env['ORDER_PROPAGATION'] as Propagation | undefined) ?? 'instrumentation',
  }
}
