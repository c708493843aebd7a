import type { Step } from './steps.ts'

/** What a step's times say. `alike`: no difference that is worth a look. */
export type Change = 'only a' | 'only b' | 'slower' | 'faster' | 'alike'

/** How a step of B differs from the same step of A. */
export interface Difference {
  readonly change: Change
  /** Where the whole time is alike: what became of the step's own part of it. */
  readonly ownChange?: 'slower' | 'faster'
  /** In which of the traces it failed; absent where it did in none. */
  readonly fails?: 'a' | 'b' | 'both'
  /** Time of B less that of A; what is not there took none. */
  readonly nano: number
  /** The same for the step's own time, without what it called. */
  readonly ownNano: number
  /** How many more B has; 0 where only one of the traces has the step. */
  readonly more: number
}

/** From this share of the longer time on, a difference is one. */
const notableShare = 0.1
/** What is shorter than this share of the longer trace is no difference either. */
const notablePart = 0.01

/**
 * Judges a step.
 *
 * @param scaleNano duration of the longer of the two traces.
 */
export function differenceOf({ a, b }: Step, scaleNano: number): Difference {
  const nano = (b?.busyNano ?? 0) - (a?.busyNano ?? 0)
  const ownNano = (b?.ownNano ?? 0) - (a?.ownNano ?? 0)
  const fails = failsIn((a?.failed ?? 0) > 0, (b?.failed ?? 0) > 0)
  const more = a === undefined || b === undefined ? 0 : b.count - a.count
  const change = changeOf(a, b, nano, scaleNano)
  const ownDiffers = change === 'alike' && isNotable(a?.ownNano ?? 0, b?.ownNano ?? 0, scaleNano)
  const ownChange = ownDiffers ? (ownNano > 0 ? ('slower' as const) : ('faster' as const)) : undefined
  return { change, ...(ownChange && { ownChange }), ...(fails && { fails }), nano, ownNano, more }
}

function changeOf(a: Step['a'], b: Step['b'], nano: number, scaleNano: number): Change {
  if (a === undefined) return 'only b'
  if (b === undefined) return 'only a'
  if (!isNotable(a.busyNano, b.busyNano, scaleNano)) return 'alike'
  return nano > 0 ? 'slower' : 'faster'
}

function failsIn(a: boolean, b: boolean): Difference['fails'] {
  if (a && b) return 'both'
  return a ? 'a' : b ? 'b' : undefined
}

/** Whether two times of one step differ by enough to be looked at: by a tenth, and by 1 % of the longer trace. */
export function isNotable(aNano: number, bNano: number, scaleNano: number): boolean {
  const difference = Math.abs(bNano - aNano)
  return (
    difference > 0 &&
    difference >= Math.max(aNano, bNano) * notableShare &&
    difference >= scaleNano * notablePart
  )
}

/** Whether anything about the step is worth a look: its times, its count, where it failed. */
export function differs(difference: Difference): boolean {
  return (
    difference.change !== 'alike' ||
    difference.ownChange !== undefined ||
    difference.more !== 0 ||
    (difference.fails !== undefined && difference.fails !== 'both')
  )
}
