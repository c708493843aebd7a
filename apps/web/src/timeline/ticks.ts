import { formatDuration } from '@waybill/model'
import type { TimeScale } from './scale.ts'
import { drawnAt } from './scale.ts'
import type { DrawnWindow } from './window.ts'
import { onScreen } from './window.ts'

/** A mark of the axis. `at` is a fraction of the lane; a fold's mark has a width. */
export interface Tick {
  readonly kind: 'time' | 'fold'
  readonly at: number
  readonly width: number
  readonly text: string
}

const secondNano = 1e9
const longSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
]

/** A step that people count in and that is no shorter than `nano`: 1, 2, 5 below a second, clock steps above. */
export function niceStep(nano: number): number {
  if (nano > secondNano / 2) {
    const seconds = longSteps.find(step => step * secondNano >= nano)
    return (seconds ?? Math.ceil(nano / secondNano / 86_400) * 86_400) * secondNano
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(nano, 1)))
  return (([1, 2, 5].find(step => step * power >= nano * 0.999) as number | undefined) ?? 10) * power
}

/** How far apart, in fractions of the lane, two marks must be. */
interface Room {
  readonly time: number
  readonly fold: number
}

/**
 * The marks of the axis for what is on the screen: times at round steps, and every fold with its length.
 *
 * @param laneWidthPx decides how many marks there is room for.
 */
export function axisTicks(scale: TimeScale, window: DrawnWindow, laneWidthPx: number): readonly Tick[] {
  const room: Room = { time: 84 / Math.max(laneWidthPx, 1), fold: 120 / Math.max(laneWidthPx, 1) }
  const straight = scale.pieces.find(piece => !piece.folded)
  if (straight === undefined) return []
  const nanoPerDrawn = (straight.endNano - straight.startNano) / (straight.to - straight.from)
  const step = niceStep(nanoPerDrawn * (window.to - window.from) * room.time)
  const folds = foldTicks(scale, window)
  const times: Tick[] = []
  for (const piece of scale.pieces) {
    if (piece.folded || piece.to < window.from || piece.from > window.to) continue
    const first = Math.max(piece.startNano, piece.startNano + (window.from - piece.from) * nanoPerDrawn)
    const last = Math.min(piece.endNano, piece.startNano + (window.to - piece.from) * nanoPerDrawn)
    for (let nano = Math.ceil(first / step) * step; nano <= last; nano += step) {
      const at = onScreen(window, drawnAt(scale, nano))
      const before = times.at(-1)
      if (at > 1 - room.time / 2 || (before !== undefined && at - before.at < room.time * 0.9)) continue
      if (folds.some(fold => at > fold.at - room.time && at < fold.at + Math.max(fold.width, room.fold)))
        continue
      times.push({ kind: 'time', at, width: 0, text: tickText(nano, step) })
    }
  }
  return [...times, ...folds].sort((a, b) => a.at - b.at)
}

function foldTicks(scale: TimeScale, window: DrawnWindow): readonly Tick[] {
  return scale.pieces
    .filter(piece => piece.folded && piece.to > window.from && piece.from < window.to)
    .map(piece => ({
      kind: 'fold',
      at: onScreen(window, piece.from),
      width: onScreen(window, piece.to) - onScreen(window, piece.from),
      text: formatDuration(piece.endNano - piece.startNano),
    }))
}

const units = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const

/** A time on the axis, with as many digits as tell it from its neighbours one `step` away. */
export function tickText(nano: number, step: number): string {
  const size = Math.abs(nano)
  if (size >= 60 * secondNano && step >= secondNano) return formatDuration(nano)
  const sign = nano < 0 ? '−' : ''
  if (size >= 60 * secondNano) {
    const minutes = Math.floor(size / (60 * secondNano))
    return `${sign}${minutes} m ${tickText(size - minutes * 60 * secondNano, step)}`
  }
  const [unit, unitNano] = units.find(([, candidate]) => size >= candidate) ?? (['ms', 1e6] as const)
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unitNano) - 1e-9))
  return `${sign}${(size / unitNano).toFixed(digits)} ${unit}`
}
