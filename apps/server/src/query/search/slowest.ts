import type { TraceId } from '@waybill/model'
import { WaybillError } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask, startDeadline } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { onDaysOf } from '../time-range.ts'
import { matchesOf } from './matches.ts'
import type { FoundTraces, SearchRequest } from './newest.ts'
import { withOwners } from './owners.ts'
import { isScreened } from './screened.ts'
import type { FoundTrace } from './traces.ts'
import { lookUpTraces } from './traces.ts'
import { wholeWindows } from './windows.ts'

/** Ids that are looked up together. */
const lookedUp = 1000

/** Where a page ended: the duration of its last trace in nanoseconds, and its id. */
interface Place {
  readonly durationNano: string
  readonly id: string
}

/** How long a trace took: its spans may lie in several rows. */
const duration = 'greatest(toUnixTimestamp64Nano(max(end)) - toUnixTimestamp64Nano(min(start)), 0)'

/**
 * Finds the traces with a span that started within the range and for which the query holds, the slowest first.
 *
 * All that match have to be looked at, where the newest are found at the end of the range: a window of time after
 * the other, and of each the slowest are kept.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findSlowestTraces(reader: Reader, request: SearchRequest): Promise<FoundTraces> {
  const { range, limit } = request
  const asked = { query: await withOwners(reader, request), range }
  const after = request.cursor === undefined ? undefined : readPlace(request.cursor)
  const wanted = limit + 1
  const checkTime = startDeadline(asked)
  let slowest: readonly FoundTrace[] = []
  for await (const traceIds of candidates(reader, asked, wanted, after)) {
    checkTime()
    const known = new Set(slowest.map(({ traceId }) => traceId))
    const others = traceIds.filter(traceId => !known.has(traceId))
    const found = await lookUpTraces(reader, others, asked)
    slowest = [
      ...slowest,
      ...found.filter(trace => after === undefined || slowerFirst(after, placeOf(trace)) < 0),
    ]
      .sort((a, b) => slowerFirst(placeOf(a), placeOf(b)))
      .slice(0, wanted)
  }
  const page = slowest.slice(0, limit)
  const last = page.at(-1)
  return slowest.length > limit && last !== undefined
    ? { traces: page, nextCursor: formatPlace(placeOf(last)) }
    : { traces: page }
}

/** Ids of traces that match, a part of them at a time; of each part those that may be among the slowest. */
async function* candidates(
  reader: Reader,
  asked: Asked,
  wanted: number,
  after: Place | undefined,
): AsyncGenerator<readonly TraceId[]> {
  const { query, range } = asked
  if (isScreened(query)) yield* screened(reader, asked, wanted)
  else
    for (const window of await wholeWindows(reader, asked, range))
      yield await slowestOfWindow(reader, asked, window, wanted, after)
}

async function slowestOfWindow(
  reader: Reader,
  asked: Asked,
  window: TimeRange,
  wanted: number,
  after: Place | undefined,
): Promise<readonly TraceId[]> {
  const select = statement(bind => {
    const { table, where } = compileQuery(asked.query, window, bind, asked.range)
    return (
      `SELECT hex(trace_id) AS id FROM traces WHERE ${onDaysOf(asked.range, bind)} ` +
      `AND trace_id IN (SELECT trace_id FROM ${table} WHERE ${where}) GROUP BY trace_id ${afterSql(after, bind)}` +
      `ORDER BY ${duration} DESC, trace_id DESC LIMIT ${bind(wanted, 'UInt64')}`
    )
  })
  return idsOf(await ask<{ readonly id: string }>(reader, select, asked))
}

function afterSql(after: Place | undefined, bind: Bind): string {
  if (after === undefined) return ''
  const place = `(${bind(after.durationNano, 'Int64')}, ${bind(after.id, 'FixedString(16)')})`
  return `HAVING (${duration}, trace_id) < ${place} `
}

/** What lacks its counterpart is few, and all of it is looked up. */
async function* screened(reader: Reader, asked: Asked, wanted: number): AsyncGenerator<readonly TraceId[]> {
  const next = matchesOf(reader, asked, asked.range, wanted, 'first')
  for (;;) {
    const { found, isComplete } = await next()
    const traceIds = [...new Set(found.map(({ traceId }) => traceId))]
    for (let from = 0; from < traceIds.length; from += lookedUp) yield traceIds.slice(from, from + lookedUp)
    if (isComplete) return
  }
}

function idsOf(rows: readonly { readonly id: string }[]): readonly TraceId[] {
  return rows.map(({ id }) => id.toLowerCase() as TraceId)
}

function placeOf({ traceId, startUnixNano, endUnixNano }: FoundTrace): Place {
  // A trace whose times cannot be relied on may last for decades: more than a number holds exactly.
  const nano = BigInt(endUnixNano) - BigInt(startUnixNano)
  return { durationNano: String(nano < 0n ? 0n : nano), id: traceId }
}

/** The slowest first; of one duration, the greater id first. */
function slowerFirst(a: Place, b: Place): number {
  const byDuration = BigInt(b.durationNano) - BigInt(a.durationNano)
  if (byDuration !== 0n) return byDuration > 0n ? 1 : -1
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}

function formatPlace({ durationNano, id }: Place): string {
  return `slowest-${durationNano}-${id}`
}

/** @throws WaybillError BAD_PARAMETER where the text is no cursor of this order. */
function readPlace(cursor: string): Place {
  const [, durationNano, id] = /^slowest-(\d{1,19})-([0-9a-f]{32})$/.exec(cursor) ?? []
  if (durationNano === undefined || id === undefined || BigInt(durationNano) >= 2n ** 63n)
    throw new WaybillError('BAD_PARAMETER', 'cursor: must be the nextCursor of the page before')
  return { durationNano, id }
}
