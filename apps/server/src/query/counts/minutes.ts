import { WaybillError } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { statement } from '../compile/compile.ts'
import type { TimeRange } from '../time-range.ts'
import type { DurationBuckets } from './duration-quantiles.ts'

/** What is read of the minutes of operations. */
export interface MinutesQuestion {
  readonly range: TimeRange
  /** Whole minutes; absent, as many as make about ninety steps. */
  readonly stepMs?: number
  /** Columns that tell series apart; none, for one of all. */
  readonly by: readonly string[]
  /** Columns of what is counted, and of what failed. */
  readonly counted: { readonly all: string; readonly failed: string }
  readonly where: (bind: Bind) => readonly string[]
  readonly mostSeries: number
}

/** One series. */
export interface MinutesSeries<Columns> {
  /** What it was told apart by. */
  readonly columns: Columns
  readonly total: Counts
  /** One for each step. */
  readonly steps: readonly Counts[]
}

export interface Counts {
  readonly all: number
  readonly failed: number
  readonly bytes: number
  /** Sum of durations in nanoseconds. */
  readonly lasted: number
  readonly durations: DurationBuckets
}

export interface Minutes<Columns> {
  readonly startUnixMs: number
  readonly stepMs: number
  /** Seconds that the counts stand for: whole minutes. */
  readonly seconds: number
  /** Those that have counted most first. */
  readonly series: readonly MinutesSeries<Columns>[]
}

const minuteMs = 60_000
const mostSteps = 1500
const stepsByDefault = 90
const stepMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440]
/** A DateTime of ClickHouse ends in 2106. */
const lastSecond = 4_294_967_295

/** Sums of one step, or of all: all, failed, bytes, durations, then the buckets and how many are in each. */
type Sums = readonly [number, number, number, number, readonly number[], readonly number[]]

interface SumsRow {
  readonly sums: Sums
  /** Each with its place. */
  readonly steps: readonly (readonly [number, Sums])[]
}

const none: Counts = { all: 0, failed: 0, bytes: 0, lasted: 0, durations: { indexes: [], counts: [] } }

/**
 * Reads what was counted in the minutes of a range, in steps of equal length. Steps are whole minutes that begin
 * at a multiple of their length, so that the first may begin before the range.
 *
 * @throws WaybillError BAD_PARAMETER where the range has more steps than are answered.
 */
export async function readMinutes<Columns>(
  reader: Reader,
  question: MinutesQuestion,
): Promise<Minutes<Columns>> {
  const startMs = Number(BigInt(question.range.startUnixNano) / 1_000_000n)
  const endMs = Number((BigInt(question.range.endUnixNano) + 999_999n) / 1_000_000n)
  const stepMs = question.stepMs ?? stepOf(endMs - startMs)
  const startUnixMs = Math.floor(startMs / stepMs) * stepMs
  const count = Math.max(1, Math.ceil((endMs - startUnixMs) / stepMs))
  if (count > mostSteps)
    throw new WaybillError('BAD_PARAMETER', `step: the range has ${count} of it, more than ${mostSteps}`)
  const seconds = { from: startUnixMs / 1000, to: Math.ceil(endMs / minuteMs) * 60 }
  const { sql, parameters } = minutesStatement(question, seconds, stepMs / 1000)
  const rows = await reader.query<SumsRow & Columns>(sql, parameters)
  const series = rows.map(row => {
    const byPlace = new Map(row.steps.map(([place, sums]) => [place, countsOf(sums)]))
    return {
      columns: row,
      total: countsOf(row.sums),
      steps: Array.from({ length: count }, (_, place) => byPlace.get(place) ?? none),
    }
  })
  return { startUnixMs, stepMs, seconds: Math.max(60, seconds.to - seconds.from), series }
}

/** Two levels, so that one statement gives the sums of steps and of all. Sums as Float64, which JSON has. */
function minutesStatement(
  { by, counted, where, mostSeries }: MinutesQuestion,
  seconds: { readonly from: number; readonly to: number },
  stepSeconds: number,
): Statement {
  return statement(bind => {
    const time = (unix: number) =>
      `toDateTime(${bind(Math.max(0, Math.min(unix, lastSecond)), 'Int64')}, 'UTC')`
    const [from, to] = [time(seconds.from), time(seconds.to)]
    const conditions = [
      // The key of the table has the hour before the operation
      `toStartOfHour(minute) >= toStartOfHour(${from}) AND toStartOfHour(minute) <= ${to}`,
      `minute >= ${from} AND minute < ${to}`,
      ...where(bind),
    ]
    const place = `intDiv(toUnixTimestamp(minute) - ${bind(seconds.from, 'Int64')}, ${bind(stepSeconds, 'Int64')})`
    const steps =
      `SELECT ${[...by, `toFloat64(${place}) AS place`].join(', ')}, sum(${counted.all}) AS n, ` +
      `sum(${counted.failed}) AS f, sum(bytes) AS b, sum(toFloat64(duration)) AS d, sumMap(durations) AS m ` +
      `FROM operation_minutes WHERE ${conditions.join(' AND ')} GROUP BY ${[...by, 'place'].join(', ')}`
    const sums = (...[n, f, b, d, m]: readonly string[]) =>
      `(toFloat64(${n}), toFloat64(${f}), toFloat64(${b}), ${d}, mapKeys(${m}), CAST(mapValues(${m}), 'Array(Float64)'))`
    return (
      `SELECT ${[...by, sums('sum(n)', 'sum(f)', 'sum(b)', 'sum(d)', 'sumMap(m)')].join(', ')} AS sums, ` +
      `groupArray((place, ${sums('n', 'f', 'b', 'd', 'm')})) AS steps FROM (${steps})` +
      `${by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`} HAVING sum(n) > 0 ` +
      `ORDER BY ${['sum(n) DESC', ...by].join(', ')} LIMIT ${mostSeries}`
    )
  })
}

function countsOf([all, failed, bytes, lasted, indexes, counts]: Sums): Counts {
  return { all, failed, bytes, lasted, durations: { indexes, counts } }
}

function stepOf(lengthMs: number): number {
  const minutes = lengthMs / minuteMs / stepsByDefault
  return (stepMinutes.find(step => step >= minutes) ?? Math.ceil(minutes / 1440) * 1440) * minuteMs
}
