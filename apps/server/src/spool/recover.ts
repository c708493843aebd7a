import { readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { soundPrefix } from '@waybill/wire/otlp'
import type { Segment } from '../store/engine.ts'
import type { SpoolObserver } from './observer.ts'
import type { WaitingSegment } from './segment.ts'
import { isSegmentFile, pieceSuffix, refusalsSuffix, tokenOf } from './segment.ts'

/**
 * The segments that an earlier run left behind, oldest first. Their content is looked at when their turn to
 * be loaded comes, so that a full spool does not hold up the start.
 */
export async function findSegments(dir: string): Promise<readonly WaitingSegment[]> {
  const names = (await readdir(dir)).sort()
  const found: WaitingSegment[] = []
  for (const name of names) {
    const path = join(dir, name)
    if (name.endsWith(pieceSuffix) || isOrphan(name, names)) await rm(path, { force: true })
    if (!isSegmentFile(name)) continue
    const { size } = await stat(path)
    found.push({
      path,
      token: tokenOf(path),
      bytes: size,
      spans: 0,
      isUnchecked: true,
      tried: Promise.withResolvers(),
    })
  }
  return found
}

/** Whether a file says what was refused of a segment that is gone. */
function isOrphan(name: string, names: readonly string[]): boolean {
  return name.endsWith(refusalsSuffix) && !names.includes(name.slice(0, -refusalsSuffix.length))
}

/**
 * Cuts off what the last write before a crash left unfinished. No client was told that these bytes were
 * kept: they end in the middle of a field, and an answer comes after the whole write.
 *
 * @returns the segment with its length and spans as they are now.
 */
export async function cutTornTail(segment: WaitingSegment, observer: SpoolObserver): Promise<Segment> {
  const bytes = await readFile(segment.path)
  const sound = soundPrefix(bytes)
  if (sound.bytes < bytes.length) {
    await truncate(segment.path, sound.bytes)
    observer.torn(segment, bytes.length - sound.bytes)
  }
  return { path: segment.path, token: segment.token, bytes: sound.bytes, spans: sound.spans }
}
