import { exercises } from './exercises.ts'
import { pitfalls, practices } from './pitfalls.ts'
import type { Scenario } from './scenario.ts'

/** Every scenario, in the order of the README. */
export const scenarios: readonly Scenario[] = [...exercises, ...pitfalls, ...practices]

export function scenarioNamed(name: string): Scenario | undefined {
  return scenarios.find(scenario => scenario.name === name)
}
