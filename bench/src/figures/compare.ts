import type { Figure, Figures } from './figure.ts'
import { own, untraced } from './figure.ts'
import type { RunRecord } from './run-record.ts'

/** A figure that has become worse than its tolerance allows. */
export interface Regression {
  readonly title: string
  /** How many times worse than recorded. */
  readonly worse: number
  readonly tolerance: number
  /** What the change was measured against: peers, the yardstick, or nothing. */
  readonly against: string
}

export type Comparison =
  | {
      readonly kind: 'compared'
      readonly regressions: readonly Regression[]
      readonly checked: number
      /** One of the runs had not the cores to itself, so that times without a peer were left out. */
      readonly isBusy: boolean
    }
  | { readonly kind: 'incomparable'; readonly reason: string }

/**
 * Compares a run with the recorded one. A figure counts by its ratio to the peers that both runs measured (the
 * median of them, since a peer has bad moments too); a time that no peer shares, in units of the yardstick, unless
 * more processes wanted the cores than there are; bytes and ratios as they are. Only what both runs have is compared.
 */
export function compareRuns(figures: Figures, recorded: RunRecord, run: RunRecord): Comparison {
  const [wanted, given] = [recorded.input, run.input].map(input => JSON.stringify(input))
  if (wanted !== given)
    return { kind: 'incomparable', reason: `recorded with ${wanted}, this run had ${given}` }
  const regressions: Regression[] = []
  let checked = 0
  for (const [key, figure] of Object.entries(figures)) {
    if (figure.tolerance === undefined) continue
    const change = changeOf(key, figure, recorded, run)
    if (change === undefined) continue
    checked++
    const worse = figure.better === 'less' ? change.factor : 1 / change.factor
    if (worse > figure.tolerance)
      regressions.push({
        title: figure.title,
        worse,
        tolerance: figure.tolerance,
        against: change.against,
      })
  }
  return { kind: 'compared', regressions, checked, isBusy: isBusy(recorded) || isBusy(run) }
}

/** How many times larger our value has become, compared with what else changed. */
function changeOf(
  key: string,
  figure: Figure,
  recorded: RunRecord,
  run: RunRecord,
): { readonly factor: number; readonly against: string } | undefined {
  const [before, now] = [recorded.values[key], run.values[key]]
  const [ownBefore, ownNow] = [before?.[own], now?.[own]]
  if (!isUsable(ownBefore) || !isUsable(ownNow)) return undefined
  const ownFactor = ownNow / ownBefore
  if (!figure.isTime) return { factor: ownFactor, against: 'the recorded value' }
  const peers = Object.entries(before ?? {}).flatMap(([server, value]) => {
    const other = now?.[server]
    return server !== own &&
      server !== untraced &&
      !isVariantOfOwn(server) &&
      isUsable(value) &&
      isUsable(other)
      ? [{ server, factor: other / value }]
      : []
  })
  if (peers.length > 0)
    return {
      factor: ownFactor / median(peers.map(({ factor }) => factor)),
      against: `the recorded ratio to ${peers.map(({ server }) => server).join(', ')}`,
    }
  if (isBusy(recorded) || isBusy(run)) return undefined
  // What a slower machine does less of, it takes longer for.
  const slower = run.yardstickMs / recorded.yardstickMs
  return {
    factor: figure.better === 'less' ? ownFactor / slower : ownFactor * slower,
    against: 'the recorded value, in units of the yardstick',
  }
}

function isBusy(run: RunRecord): boolean {
  return run.loadBefore > run.machine.cores
}

function isUsable(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0
}

function isVariantOfOwn(server: string): boolean {
  return server.startsWith(`${own},`)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = low] = sorted.length % 2 === 0 ? sorted.slice(middle - 1) : [sorted[middle]]
  return (low + high) / 2
}
