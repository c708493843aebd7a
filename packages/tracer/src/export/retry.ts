import { setTimeout as delay } from 'node:timers/promises'
import type { PartialSuccess } from './partial-success.ts'
import type { Poster } from './post.ts'

/** What became of a request. */
export type Delivered =
  | { readonly failure: string }
  | { readonly failure: undefined; readonly partial: PartialSuccess | undefined }

const firstDelayMs = 1_000
const longestDelayMs = 15_000

/**
 * Sends a request, again and again while the server asks for it or cannot be reached: after 1 s, 2 s, 4 s … each
 * a half more or less by chance, so that clients do not come back all at once; or after as long as the server
 * says.
 *
 * @param boundMs no further try begins after it.
 * @param ending no further try once this is aborted.
 * @returns what was delivered, or why it was given up.
 */
export async function deliver(
  poster: Poster,
  body: Uint8Array,
  boundMs: number,
  ending: AbortSignal,
): Promise<Delivered> {
  const startedMs = performance.now()
  for (let tries = 0; ; tries++) {
    const posted = await poster.post(body)
    if (posted.outcome === 'taken') return { failure: undefined, partial: posted.partial }
    if (posted.outcome === 'refused' || ending.aborted) return { failure: posted.reason }
    const backOffMs = Math.min(longestDelayMs, firstDelayMs * 2 ** tries) * (0.5 + Math.random())
    const waitMs = posted.afterMs ?? backOffMs
    if (performance.now() - startedMs + waitMs > boundMs) return { failure: posted.reason }
    // Ended meanwhile, it is tried once more at once.
    await delay(waitMs, undefined, { ref: false, signal: ending }).catch(() => {})
  }
}
