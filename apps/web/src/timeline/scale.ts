/** A stretch of time, in nanoseconds from the start of the trace. */
export interface Stretch {
  readonly startNano: number
  readonly endNano: number
}

/** One straight piece of a scale: time and the place where it is drawn, both ends of each. */
interface Piece extends Stretch {
  readonly from: number
  readonly to: number
  readonly folded: boolean
}

/**
 * Where times are drawn: 0 is the left end, 1 the right one. Stretches with nothing happening are folded:
 * they take a fixed, small part of the width, whatever their length.
 *
 *     time   0 ─── 0.4 s ─────────── 2.1 s ─── 2.6 s
 *     drawn  0 ─── 0.43 ─── 0.48 ─── 1               (0.4 s to 2.1 s folded into 0.05)
 */
export interface TimeScale extends Stretch {
  readonly pieces: readonly Piece[]
}

/** The part of the width that one fold takes, and the most that all of them take together. */
const foldShare = 0.05
const foldsShareMax = 0.3

/**
 * A scale over `whole` with `folds` folded; they lie inside, in the order of time, and do not overlap.
 * It ends at exactly 1: shares added up may round to a little more, and what lies after the end is drawn at 1.
 */
export function makeScale(whole: Stretch, folds: readonly Stretch[] = []): TimeScale {
  const startNano = whole.startNano
  const endNano = Math.max(whole.endNano, startNano + 1)
  const share = Math.min(foldShare, foldsShareMax / Math.max(folds.length, 1))
  const folded = folds.reduce((sum, fold) => sum + fold.endNano - fold.startNano, 0)
  const perNano = (1 - share * folds.length) / (endNano - startNano - folded)
  const pieces: Piece[] = []
  let at = startNano
  let drawn = 0
  const add = (until: number, isFold: boolean) => {
    if (until <= at) return
    const to = until >= endNano ? 1 : Math.min(drawn + (isFold ? share : (until - at) * perNano), 1)
    pieces.push({ startNano: at, endNano: until, from: drawn, to, folded: isFold })
    at = until
    drawn = to
  }
  for (const fold of folds) {
    add(fold.startNano, false)
    add(fold.endNano, true)
  }
  add(endNano, false)
  return { startNano, endNano, pieces }
}

/** Where a time is drawn. Times outside the scale are drawn at its ends. */
export function drawnAt(scale: TimeScale, nano: number): number {
  const piece = pieceWith(scale.pieces, candidate => nano <= candidate.endNano)
  if (piece === undefined) return 1
  if (nano <= piece.startNano) return piece.from
  if (nano >= piece.endNano) return piece.to
  const share = (nano - piece.startNano) / (piece.endNano - piece.startNano)
  return piece.from + share * (piece.to - piece.from)
}

/** The time that is drawn at a place: {@link drawnAt} the other way round. */
export function nanoAt(scale: TimeScale, drawn: number): number {
  const piece = pieceWith(scale.pieces, candidate => drawn <= candidate.to)
  if (piece === undefined) return scale.endNano
  const share = Math.max((drawn - piece.from) / (piece.to - piece.from), 0)
  return piece.startNano + share * (piece.endNano - piece.startNano)
}

/** The first piece that reaches far enough, found by halving: rows ask for thousands of places. */
function pieceWith(pieces: readonly Piece[], reaches: (piece: Piece) => boolean): Piece | undefined {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (reaches(pieces[middle] as Piece)) high = middle
    else low = middle + 1
  }
  return pieces[low]
}
