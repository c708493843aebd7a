import { rm } from 'node:fs/promises'
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
}

/**
 * Brings one segment into the store, whole or in pieces, and removes its file.
 *
 * @throws what may pass: a failure of the store that is no refusal, or of the disk. The same segment can be
 *   given again, since its token and those of its pieces stay the same.
 */
export async function loadSegment(waiting: WaitingSegment, context: LoadContext): Promise<void> {
  const segment = waiting.isUnchecked ? await cutTornTail(waiting, context.observer) : waiting
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
