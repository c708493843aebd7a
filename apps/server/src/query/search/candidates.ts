import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Asked } from '../cost.ts'
import { makeRange } from '../time-range.ts'
import type { Place } from './cursor.ts'
import { newerFirst } from './cursor.ts'
import type { Match } from './found.ts'
import type { FoundTrace } from './traces.ts'
import { findFirstStarts, lookUpTraces } from './traces.ts'

/**
 * Traces that match. When one started is known once it has been looked up; until then, no later than its
 * earliest span that was seen.
 */
export interface Candidates {
  readonly add: (matches: readonly Match[]) => void
  readonly addKnown: (traces: readonly FoundTrace[]) => void
  /**
   * Looks up as many as it takes to know the newest.
   *
   * @param seenFromNano every trace that started at this time or after it has been added.
   * @param isLast nothing more will be added.
   * @returns whether as many as are wanted started after it: then no other can be among them.
   */
  readonly settle: (seenFromNano: bigint, isLast: boolean) => Promise<boolean>
  /** Those that were looked up, newest first. */
  readonly newest: () => readonly FoundTrace[]
}

/** Looking at all spans of a time is cheaper than looking up many traces, if the time is short. */
const shortNano = 120_000_000_000n
/** How long before the first match the traces' first spans are looked for. */
const beforeNano = 10_000_000_000n

/**
 * @param wanted how many are enough.
 * @param after where the page before ended: traces newer than that are left out.
 */
export function makeCandidates(
  reader: Reader,
  asked: Asked,
  wanted: number,
  after: Place | undefined,
): Candidates {
  const latest = new Map<TraceId, bigint>()
  const settled = new Set<TraceId>()
  const known: FoundTrace[] = []

  const addKnown = (traces: readonly FoundTrace[]): void => {
    for (const trace of traces) {
      if (settled.has(trace.traceId)) continue
      settled.add(trace.traceId)
      latest.delete(trace.traceId)
      if (after === undefined || newerFirst(after, placeOf(trace)) < 0) known.push(trace)
    }
    known.sort((a, b) => newerFirst(placeOf(a), placeOf(b)))
  }
  const lookUp = async (traceIds: readonly TraceId[]): Promise<void> => {
    addKnown(await lookUpTraces(reader, traceIds, asked))
    for (const traceId of traceIds) {
      latest.delete(traceId)
      settled.add(traceId)
    }
  }
  /** What may belong to the newest, the likeliest first. */
  const open = (floorNano: bigint): readonly (readonly [TraceId, bigint])[] =>
    [...latest].filter(([, nano]) => nano >= floorNano).sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0))

  return {
    add: matches => {
      addKnown(matches.flatMap(({ trace }) => (trace === undefined ? [] : [trace])))
      for (const { traceId, startNano } of matches) {
        if (settled.has(traceId)) continue
        const before = latest.get(traceId)
        if (before === undefined || startNano < before) latest.set(traceId, startNano)
      }
    },
    addKnown,
    settle: async (seenFromNano, isLast) => {
      let isSharp = false
      for (let batch = wanted; ; batch *= 4) {
        const last = known[wanted - 1]
        const lastNano = last === undefined ? seenFromNano : BigInt(last.startUnixNano)
        const floorNano = lastNano > seenFromNano ? lastNano : seenFromNano
        const rest = open(floorNano)
        const newestNano = rest[0]?.[1]
        if (newestNano === undefined) return last !== undefined && lastNano >= seenFromNano
        if (!isLast && known.length + rest.length < wanted) return false
        if (!isSharp && rest.length > wanted * 2 && newestNano - floorNano <= shortNano) {
          const within = makeRange(floorNano - beforeNano, newestNano + 1n)
          const ids = rest.map(([traceId]) => traceId)
          for (const [traceId, nano] of await findFirstStarts(reader, ids, within, asked))
            latest.set(traceId, nano)
          isSharp = true
        }
        const likeliest = isSharp ? open(floorNano) : rest
        await lookUp(likeliest.slice(0, batch).map(([traceId]) => traceId))
      }
    },
    newest: () => known,
  }
}

export function placeOf({ startUnixNano, traceId }: FoundTrace): Place {
  return { startUnixNano, id: traceId }
}
