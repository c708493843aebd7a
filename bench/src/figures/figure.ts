/** What Waybill must reach: a number of its own, or a multiple of what a peer reaches in the same run. */
export type Aim =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly timesOf: string; readonly atLeast: number }
  | { readonly timesOf: string; readonly atMost: number }

/** One figure of a bench: what it is called, which way is better, what is asked of it. */
export interface Figure {
  readonly title: string
  readonly better: 'less' | 'more'
  readonly digits?: number
  readonly aims?: readonly Aim[]
  /**
   * How many times worse than recorded it may be before that counts as a regression; absent where a figure
   * scatters too much to tell.
   */
  readonly tolerance?: number
  /**
   * Whether the machine's speed is part of it. Without a peer in the run, such a figure is compared in units of
   * the yardstick; bytes and ratios are compared as they are.
   */
  readonly isTime: boolean
}

/** Figures of one bench by their keys, in the order of its table. */
export type Figures = Readonly<Record<string, Figure>>

/** What a run measured: for each figure, the value of each server that has it. */
export type Values = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The server that the aims and the checks are about. */
export const own = 'Waybill'

/** A column for scale: what a client costs that nobody traces, to which the others' figures come on top. */
export const untraced = 'untraced'

/** An aim in words: `≤ 12`, `≥ 8 × Jaeger badger`. */
export function aimText(aim: Aim): string {
  const bound = 'atMost' in aim ? `≤ ${aim.atMost}` : `≥ ${aim.atLeast}`
  return 'timesOf' in aim ? `${bound} × ${aim.timesOf}` : bound
}

/** Whether the values reach an aim; undefined where the run did not measure what that needs. */
export function isReached(aim: Aim, values: Readonly<Record<string, number>>): boolean | undefined {
  const value = values[own]
  const unit = 'timesOf' in aim ? values[aim.timesOf] : 1
  if (value === undefined || unit === undefined) return undefined
  return 'atMost' in aim ? value <= aim.atMost * unit : value >= aim.atLeast * unit
}

/** The values of a bench that measures Waybill alone. */
export function ownValues(figures: Readonly<Record<string, number>>): Values {
  return Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, { [own]: value }]))
}
