import type { Placed, RunningOrders } from '../start.ts'
import type { Scenario } from './scenario.ts'

/** Tells the services what the scenario needs, makes it happen, and returns what was ordered. */
export async function runScenario(system: RunningOrders, scenario: Scenario): Promise<readonly Placed[]> {
  await system.fleet.configure(scenario.settings)
  return scenario.run(system)
}
