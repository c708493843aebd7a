import { readFile, rm, writeFile } from 'node:fs/promises'
import { soundPrefix } from '@waybill/wire/otlp'
import type { Segment } from '../store/engine.ts'
import { StoreRefusedError } from '../store/engine.ts'
import type { SpoolObserver } from './observer.ts'
import { quarantine } from './quarantine.ts'
import { pieceSuffix } from './segment.ts'
import { keepSpans } from './span-cut.ts'

export interface PiecesContext {
  load(segment: Segment): Promise<void>
  readonly quarantineDir: string
  readonly observer: SpoolObserver
}

/**
 * Loads of pieces for one segment, at most. One bad span among 51,200 takes 32 of them; a client whose every
 * span is refused must not keep the store from everyone else's.
 */
const maxLoads = 400

/**
 * Stores what can be stored of a segment that the store refused: halves it until the spans at fault stand
 * alone. Those go to quarantine. A piece's token follows from the segment's and the places of its spans, so
 * that a second try, after a failure or a crash in the middle, repeats the same loads under the same tokens.
 *
 * @throws whatever `load` throws that is no StoreRefusedError; nothing has been reported then.
 */
export async function loadInPieces(
  segment: Segment,
  refusal: StoreRefusedError,
  { load, quarantineDir, observer }: PiecesContext,
): Promise<void> {
  const file = await readFile(segment.path)
  const sound = soundPrefix(file)
  const bytes = file.subarray(0, sound.bytes)
  const reports: (() => void)[] = []
  if (sound.bytes < file.length) reports.push(() => observer.torn(segment, file.length - sound.bytes))
  let loadsLeft = maxLoads

  const setAside = async (token: string, piece: Uint8Array, spans: number, reason: string): Promise<void> => {
    const path = await quarantine(quarantineDir, token, piece, spans, reason)
    reports.push(() => observer.quarantined(spans, path, reason))
  }

  /** Loads the spans from `first` up to `end`; `reason` is why the piece around them was refused. */
  const loadRange = async (first: number, end: number, reason: string): Promise<void> => {
    const piece = keepSpans(bytes, index => index >= first && index < end)
    const token = `${segment.token}.${first}-${end}`
    if (loadsLeft-- <= 0) return setAside(token, piece.bytes, piece.spans, reason)
    const path = `${segment.path}.${first}-${end}${pieceSuffix}`
    await writeFile(path, piece.bytes)
    const startedMs = performance.now()
    try {
      await load({ path, token, bytes: piece.bytes.length, spans: piece.spans })
      const loadMs = performance.now() - startedMs
      reports.push(() => observer.stored(piece.spans, piece.bytes.length, loadMs))
    } catch (error) {
      if (!(error instanceof StoreRefusedError)) throw error
      if (end - first === 1) await setAside(token, piece.bytes, 1, error.message)
      else await halve(first, end, error.message)
    } finally {
      await rm(path, { force: true })
    }
  }

  const halve = async (first: number, end: number, reason: string): Promise<void> => {
    const middle = (first + end) >> 1
    await loadRange(first, middle, reason)
    await loadRange(middle, end, reason)
  }

  if (sound.spans === 1) await setAside(segment.token, bytes, 1, refusal.message)
  else if (sound.spans > 1) await halve(0, sound.spans, refusal.message)
  for (const report of reports) report()
}
