import { setTimeout as delay } from 'node:timers/promises'

/** Waits until `condition` gives something, asking every few milliseconds; rejects after `boundMs`. */
export async function until<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  boundMs = 15_000,
): Promise<Value> {
  const end = performance.now() + boundMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error(`Not within ${boundMs} ms: ${what}`)
    await delay(10)
  }
}
