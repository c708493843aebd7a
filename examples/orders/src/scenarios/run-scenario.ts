import type { Placed, RunningOrders } from '../start.ts'
import type { Look, Scenario } from './scenario.ts'

export interface Outcome {
  readonly placed: readonly Placed[]
  readonly look: readonly Look[]
}

/**
 * Tells the services what the scenario needs, makes it happen, and returns what was ordered.
 * Throws an Error of one line where a service that it needs is left out.
 */
export async function runScenario(system: RunningOrders, scenario: Scenario): Promise<Outcome> {
  const [missing] = system.leftOut.filter(({ name }) => !name.startsWith('message-'))
  if (missing !== undefined)
    throw new Error(`${scenario.name} needs ${missing.name}, which is left out: ${missing.reason}`)
  await system.fleet.configure(scenario.settings)
  const placed = await scenario.run(system)
  return { placed, look: scenario.look(placed) }
}
