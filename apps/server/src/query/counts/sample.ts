import type { Query } from '@waybill/query-language'
import { and, termsOf } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { Scope } from '../compile/scope.ts'
import { isPlain } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { estimateRows, estimateSpans } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { lengthNano, makeRange } from '../time-range.ts'

/** How much is looked at before a sample has to do. */
export interface SampleSizes {
  /** Spans that a query may go through that holds ids of other rows in memory. */
  readonly spansAtOnce: number
  /** Rows that are looked through without a sample. */
  readonly allRows: number
  /** Rows that are looked through for one. */
  readonly sampledRows: number
}

export const defaultSampleSizes: SampleSizes = {
  spansAtOnce: 1_200_000,
  allRows: 400_000,
  sampledRows: 100_000,
}

/**
 * Of how many traces one is counted, so that what a query has to remember fits into memory: 1 where the query
 * remembers nothing.
 */
export async function traceShare(
  reader: Reader,
  asked: Asked,
  { spansAtOnce }: SampleSizes,
): Promise<number> {
  if (isPlain(asked.query)) return 1
  return Math.max(1, Math.ceil((await estimateSpans(reader, asked, asked.range)) / spansAtOnce))
}

/** Bounds a query to one trace of so many, with all of its spans. */
export function oneTraceOf(share: number, bind: Bind): Pick<Scope, 'bound' | 'sameTraces'> {
  if (share === 1) return {}
  const bound = `cityHash64(trace_id) % ${bind(share, 'UInt64')} = 0`
  return { bound, sameTraces: () => bound }
}

/** In how many pieces of the range the rows of a sample lie. */
const sampledPieces = 2

/** Short pieces of a range that stand for all of it. */
export interface Pieces {
  readonly ranges: readonly TimeRange[]
  /** How often they fit into the range; 1 where it is the range itself. */
  readonly times: number
}

/** Pieces evenly over a range in which many rows would have to be looked at; else the range. */
export async function samplePieces(
  reader: Reader,
  asked: Asked,
  { allRows, sampledRows }: SampleSizes,
): Promise<Pieces> {
  const { query, range } = asked
  const rows = await estimateRows(reader, plainStatement(query, range), asked)
  const length = lengthNano(range)
  const pieceLength = (length * BigInt(sampledRows)) / BigInt(Math.max(1, rows) * sampledPieces)
  if (rows <= allRows || pieceLength === 0n) return { ranges: [range], times: 1 }
  const start = BigInt(range.startUnixNano)
  const ranges = Array.from({ length: sampledPieces }, (_, piece) => {
    const middle = start + (length * BigInt(2 * piece + 1)) / BigInt(2 * sampledPieces)
    return makeRange(middle - pieceLength / 2n, middle + pieceLength / 2n)
  })
  return { ranges, times: Number(length) / (Number(pieceLength) * sampledPieces) }
}

/** The rows that a query looks at, as far as rows tell by themselves. */
function plainStatement(query: Query, range: TimeRange) {
  const plain = and(termsOf(query).filter(isPlain))
  return statement(bind => {
    const { table, where } = compileQuery(plain, range, bind)
    return `SELECT trace_id FROM ${table} WHERE ${where}`
  })
}
