import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { idSet, makeBinder } from '../compile/bind.ts'
import { startsWithin } from '../time-range.ts'

/**
 * Where spans can lie in `spans`, whose sorting key is service and minute. Times are decimal texts of
 * nanoseconds since 1970; the end is part of it.
 */
export interface Bounds {
  readonly services: readonly string[]
  readonly startNano: string
  readonly endNano: string
  /** Whether they have the day of their start as partition. Of others the times tell nothing: any may be wrong. */
  readonly isDated: boolean
}

/** What is known of a trace before its spans are read. */
export interface TraceBounds {
  readonly traceId: string
  /** How many spans were received, those that were sent twice counted twice. */
  readonly spans: number
  readonly startNano: string
  readonly bounds: readonly Bounds[]
}

interface TraceRow {
  readonly traceId: string
  readonly services: readonly string[]
  readonly spans: string
  readonly startNano: string
  readonly endNano: string
  readonly dated: number
}

/** Bounds farther apart than this are named one by one, as minutes of services. */
const closeNano = 120_000_000_000n
const minuteNano = 60_000_000_000n
/** So many minutes of services at most; beyond, to compare them takes longer than what they spare. */
const mostMinutes = 2000

/** The bounds of those traces that are stored. */
export async function readBounds(
  reader: Reader,
  traceIds: readonly string[],
): Promise<readonly TraceBounds[]> {
  const [first] = traceIds
  if (first === undefined) return []
  const { bind, parameters } = makeBinder()
  const condition =
    traceIds.length === 1
      ? `trace_id = ${bind(first, 'FixedString(16)')}`
      : `trace_id IN ${idSet(traceIds, 16, bind)}`
  // The rows of a trace are put together here: to let the engine do it would take as long again.
  const rows = await reader.query<TraceRow>(
    `SELECT lower(hex(trace_id)) AS traceId, services, spans, toUnixTimestamp64Nano(start) AS startNano,
  toUnixTimestamp64Nano(greatest(start, end)) AS endNano, day > toDate(0) AS dated
FROM traces
PREWHERE ${condition}`,
    parameters,
  )
  return [...Map.groupBy(rows, row => row.traceId)].map(([traceId, ofTrace]) => {
    const bounds = ofTrace.map(row => ({ ...row, isDated: row.dated === 1 }))
    return {
      traceId,
      spans: ofTrace.reduce((sum, row) => sum + Number(row.spans), 0),
      startNano: hullOf(bounds).startNano,
      bounds,
    }
  })
}

/**
 * A condition on `spans` that the engine prunes by without judging rows by it: beside it stands one that does.
 * The sorting key is of use only where a condition names the minute as the key does.
 *
 * @param bounds at least one.
 */
export function withinBounds(bounds: readonly Bounds[], bind: Bind): string {
  const dated = bounds.filter(({ isDated }) => isDated)
  const services = `service IN ${bind(servicesOf(bounds), 'Array(String)')}`
  if (dated.length === 0) return `indexHint(${services} AND dated = 0)`
  const times = withinTimes(dated, bind)
  return `indexHint(${services} AND ${dated.length === bounds.length ? times : `(dated = 0 OR ${times})`})`
}

function withinTimes(bounds: readonly Bounds[], bind: Bind): string {
  const { startNano, endNano } = hullOf(bounds)
  const end = BigInt(endNano)
  const within = startsWithin({ startUnixNano: startNano, endUnixNano: String(end + 1n) }, bind)
  if (bounds.length === 1 || end - BigInt(startNano) < closeNano) return within
  const minutes = minutesOf(bounds)
  return minutes === undefined
    ? within
    : `${within} AND (service, toStartOfMinute(start)) IN ${minuteSet(minutes, bind)}`
}

function servicesOf(bounds: readonly Bounds[]): readonly string[] {
  return [...new Set(bounds.flatMap(({ services }) => services))].sort()
}

function hullOf(bounds: readonly Bounds[]): Pick<Bounds, 'startNano' | 'endNano'> {
  const starts = bounds.map(({ startNano }) => BigInt(startNano))
  const ends = bounds.map(({ endNano }) => BigInt(endNano))
  return {
    startNano: String(starts.reduce((a, b) => (a < b ? a : b))),
    endNano: String(ends.reduce((a, b) => (a > b ? a : b))),
  }
}

/** The minutes that the bounds of each service reach over; undefined where they are too many. */
function minutesOf(bounds: readonly Bounds[]): readonly (readonly [string, bigint])[] | undefined {
  const found = new Map<string, readonly [string, bigint]>()
  for (const { services, startNano, endNano } of bounds) {
    const last = BigInt(endNano) / minuteNano
    for (let minute = BigInt(startNano) / minuteNano; minute <= last; minute++) {
      for (const service of services) found.set(`${minute} ${service}`, [service, minute])
      if (found.size > mostMinutes) return undefined
    }
  }
  return [...found.values()]
}

function minuteSet(minutes: readonly (readonly [string, bigint])[], bind: Bind): string {
  const services = bind(
    minutes.map(([service]) => service),
    'Array(String)',
  )
  const seconds = bind(
    minutes.map(([, minute]) => String(minute * 60n)),
    'Array(String)',
  )
  return `(SELECT row.1, toDateTime(toUInt32(row.2), 'UTC') FROM (SELECT arrayJoin(arrayZip(${services}, ${seconds})) AS row))`
}
