import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until there is an answer. Throws after the bound, with what was waited for. */
export async function poll<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  boundMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + boundMs
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await delay(50)
  }
  throw new Error(`Not after ${boundMs / 1000} s: ${what}`)
}
