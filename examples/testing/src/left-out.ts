import type { TestContext } from 'node:test'

/** A service that cannot run on this machine, and why. */
interface LeftOut {
  readonly name: string
  readonly reason: string
}

/** Skips a test, with one line that says why, where services of its example are left out. Returns whether it does. */
export function isSkipped(t: TestContext, leftOut: readonly LeftOut[]): boolean {
  if (leftOut.length > 0) t.skip(leftOut.map(({ name, reason }) => `${name}: ${reason}`).join('; '))
  return leftOut.length > 0
}
