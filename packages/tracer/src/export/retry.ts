import { setTimeout as delay } from 'node:timers/promises'
import type { Poster } from './post.ts'

const firstDelayMs = 1_000
const longestDelayMs = 15_000

/**
 * Sends a request, again and again while the server asks for it or cannot be reached: after 1 s, 2 s, 4 s … each
 * a half more or less by chance, so that clients do not come back all at once; or after as long as the server
 * says.
 *
 * @param boundMs no further try begins after it.
 * @param ending no further try once this is aborted.
 * @returns why it was given up, or undefined where it was delivered.
 */
export async function deliver(
  poster: Poster,
  body: Uint8Array,
  boundMs: number,
  ending: AbortSignal,
): Promise<string | undefined> {
  const startedMs = performance.now()
  for (let tries = 0; ; tries++) {
    const posted = await poster.post(body)
    if (posted.outcome === 'taken') return undefined
    if (posted.outcome === 'refused' || ending.aborted) return posted.reason
    const backOffMs = Math.min(longestDelayMs, firstDelayMs * 2 ** tries) * (0.5 + Math.random())
    const waitMs = posted.afterMs ?? backOffMs
    if (performance.now() - startedMs + waitMs > boundMs) return posted.reason
    // Ended meanwhile, it is tried once more at once.
    await delay(waitMs, undefined, { ref: false, signal: ending }).catch(() => {})
  }
}
