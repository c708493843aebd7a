import { readFile, rm, writeFile } from 'node:fs/promises'
import { WaybillError } from '@waybill/model'
import { soundPrefix } from '@waybill/wire/otlp'
import type { Segment } from '../store/engine.ts'
import { StoreRefusedError } from '../store/engine.ts'
import type { SpoolObserver } from './observer.ts'
import { quarantine } from './quarantine.ts'
import type { Refusals } from './refusals.ts'
import { pieceSuffix } from './segment.ts'
import type { KeptSpans } from './span-cut.ts'
import { keepSpans } from './span-cut.ts'

export interface PiecesContext {
  load(segment: Segment): Promise<void>
  readonly quarantineDir: string
  readonly observer: SpoolObserver
}

/**
 * Loads of pieces for one segment, at most. One bad span among 102,400 takes 34 of them; a client whose every
 * span is refused must not keep the store from everyone else's.
 */
const maxLoads = 400

/**
 * Stores what can be stored of a segment that the store refused: halves it until the spans at fault stand
 * alone. Those go to quarantine. What was refused is written down and a piece's token follows from the places
 * of its spans, so that a second try, after a failure or a crash in the middle, repeats the same loads under
 * the same tokens.
 *
 * @throws whatever `load` throws that is no refusal; nothing has been reported then.
 */
export async function loadInPieces(
  segment: Segment,
  refusals: Refusals,
  { load, quarantineDir, observer }: PiecesContext,
): Promise<void> {
  const file = await readFile(segment.path)
  const sound = soundPrefix(file)
  const bytes = file.subarray(0, sound.bytes)
  const reports: (() => void)[] = []
  if (sound.bytes < file.length) reports.push(() => observer.torn(segment, file.length - sound.bytes))
  let loadsLeft = maxLoads - refusals.size

  /** Loads the spans from `first` up to `end`, which were not refused before. @returns why they are now. */
  const tryRange = async (first: number, end: number, piece: KeptSpans): Promise<string | undefined> => {
    loadsLeft--
    const token = `${segment.token}.${first}-${end}`
    const path = `${segment.path}.${first}-${end}${pieceSuffix}`
    await writeFile(path, piece.bytes)
    const startedMs = performance.now()
    try {
      await load({ path, token, bytes: piece.bytes.length, spans: piece.spans })
      const loadMs = performance.now() - startedMs
      reports.push(() => observer.stored(piece.spans, piece.bytes.length, loadMs))
      return undefined
    } catch (error) {
      const reason = refusalOf(error)
      if (reason === undefined) throw error
      await refusals.add({ first, end, reason })
      return reason
    } finally {
      await rm(path, { force: true })
    }
  }

  /** @param outer why the spans around these were refused. */
  const storeRange = async (first: number, end: number, outer: string): Promise<void> => {
    const known = refusals.reasonOf(first, end)
    const middle = (first + end) >> 1
    if (known !== undefined && middle > first) {
      await storeRange(first, middle, known)
      return storeRange(middle, end, known)
    }
    const piece = keepSpans(bytes, index => index >= first && index < end)
    const exhausted = loadsLeft <= 0
    const reason = known ?? (exhausted ? outer : await tryRange(first, end, piece))
    if (reason === undefined) return
    if (!exhausted && middle > first) return storeRange(first, end, reason)
    const token = `${segment.token}.${first}-${end}`
    const path = await quarantine(quarantineDir, token, piece.bytes, piece.spans, reason)
    reports.push(() => observer.quarantined(piece.spans, path, reason))
  }

  if (sound.spans > 0) await storeRange(0, sound.spans, '')
  for (const report of reports) report()
}

/**
 * Why the store will never take these spans as they are, or undefined where it may another time. A load that
 * needs too much memory counts: in halves it needs less.
 */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof StoreRefusedError) return error.message
  if (error instanceof WaybillError && error.code === 'QUERY_TOO_LARGE') return error.message
  return undefined
}
