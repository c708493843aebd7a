import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Segment } from '../store/engine.ts'
import { loadInPieces, refusalOf } from './bisect.ts'
import type { SpoolObserver } from './observer.ts'
import { cutTornTail } from './recover.ts'
import type { Refusals } from './refusals.ts'
import { openRefusals } from './refusals.ts'
import type { WaitingSegment } from './segment.ts'
import { refusalsSuffix } from './segment.ts'

export interface LoadContext {
  load(segment: Segment): Promise<void>
  readonly quarantineDir: string
  readonly observer: SpoolObserver
  /** Aborted when the spool closes: from then on a load that fails is given up after a few attempts. */
  readonly stopping: AbortSignal
}

const firstDelayMs = 100
const longestDelayMs = 10_000
const attemptsWhileStopping = 3

/**
 * Brings one segment into the store, whole or in pieces, and removes its file. What fails in a way that may
 * pass is tried again, after 0.1 s, 0.2 s, … 10 s; tokens make that harmless.
 *
 * @throws the last failure, where the spool is closing and the store does not recover. The file then stays
 *   for the next start.
 */
export async function loadSegment(segment: WaitingSegment, context: LoadContext): Promise<void> {
  const { stopping, observer } = context
  let delayMs = firstDelayMs
  let attemptsLeft = attemptsWhileStopping
  while (true) {
    try {
      return await attempt(segment, context)
    } catch (error) {
      if (stopping.aborted && --attemptsLeft <= 0) throw error
      const waitMs = stopping.aborted ? firstDelayMs : delayMs
      observer.retried(segment, error, waitMs)
      await sleep(waitMs, undefined, stopping.aborted ? {} : { signal: stopping }).catch(() => {})
      delayMs = Math.min(longestDelayMs, delayMs * 2)
    }
  }
}

async function attempt(waiting: WaitingSegment, context: LoadContext): Promise<void> {
  const segment = waiting.found ? await cutTornTail(waiting, context.observer) : waiting
  if (segment.spans > 0) {
    const refusals = await openRefusals(segment)
    const isWhole = refusals.size === 0 && (await loadWhole(segment, refusals, context))
    if (!isWhole) await loadInPieces(segment, refusals, context)
  }
  // A file that cannot be removed is loaded again at the next start, under the same token.
  await rm(segment.path, { force: true }).catch(() => {})
  await rm(segment.path + refusalsSuffix, { force: true }).catch(() => {})
}

/** @returns whether the store took it. */
async function loadWhole(segment: Segment, refusals: Refusals, context: LoadContext): Promise<boolean> {
  const startedMs = performance.now()
  try {
    await context.load(segment)
  } catch (error) {
    const reason = refusalOf(error)
    if (reason === undefined) throw error
    await refusals.add({ first: 0, end: segment.spans, reason })
    return false
  }
  context.observer.stored(segment.spans, segment.bytes, performance.now() - startedMs)
  return true
}
