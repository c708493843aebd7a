import type { FleetSettings } from '../fleet.ts'
import type { Placed, RunningOrders } from '../start.ts'

/** Where to look in Waybill for a scenario's answer: a query, or a trace. */
export interface Look {
  readonly what: string
  /** Below Waybill's address. */
  readonly path: string
}

/** One of the article's exercises, or one of its pitfalls, as it happens. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly question: string
  /** What the services are told; they keep it until the next scenario. */
  readonly settings: FleetSettings
  /** Makes it happen; resolves with what was ordered. */
  run(system: RunningOrders): Promise<readonly Placed[]>
  look(placed: readonly Placed[]): readonly Look[]
}

/** A search in Waybill. */
export function search(what: string, q: string): Look {
  return { what, path: `/?${new URLSearchParams({ q, last: '15m' })}` }
}

/** The trace of an order. */
export function trace(what: string, placed: Placed | undefined): readonly Look[] {
  return placed === undefined || placed.traceId === '' || !placed.isSampled
    ? []
    : [{ what, path: `/trace/${placed.traceId}` }]
}

/** Orders so many laptops, one after the other. */
export async function orderMany(system: RunningOrders, count: number): Promise<readonly Placed[]> {
  const placed: Placed[] = []
  for (let n = 1; n <= count; n++)
    placed.push(await system.order({ product: `Laptop ${n}`, amount: 1000 + n }))
  return placed
}

/** Orders while payment-service does not run, so that it finds all of them at once. */
export async function orderAhead(system: RunningOrders, count: number): Promise<readonly Placed[]> {
  await system.fleet.halt('payment-service')
  const placed = await orderMany(system, count)
  await system.fleet.resume('payment-service')
  return placed
}
