import type { SpanHit, SpanSearchResponse } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Statement } from '../compile/compile.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import { ask, askInOrder, startDeadline } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { timeOf, upTo } from '../time-range.ts'
import type { Place } from './cursor.ts'
import { formatCursor, readCursor } from './cursor.ts'
import { isReadInOrder } from './matches.ts'
import type { SearchRequest } from './newest.ts'
import { withOwners } from './owners.ts'
import { searchWindows } from './windows.ts'

interface HitRow {
  readonly trace: TraceId
  readonly span: string
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly status_code: number
  readonly started: string
  readonly duration: string
}

/**
 * Finds the spans that started within the range and for which the query holds, newest first. Where all of the
 * query stands in braces, they are the spans of the first braces; of a relation, those on its right.
 *
 * @throws WaybillError BAD_PARAMETER for a cursor that is none, QUERY_TOO_LARGE with what to narrow.
 */
export async function findSpans(reader: Reader, asked: SearchRequest): Promise<SpanSearchResponse> {
  const began = performance.now()
  const { range, limit, cursor } = asked
  const after = cursor === undefined ? undefined : readCursor(cursor, 48)
  const rest = after === undefined ? range : upTo(range, after.startUnixNano)
  const [query, windows] = await Promise.all([withOwners(reader, asked), searchWindows(reader, asked, rest)])
  const request = { ...asked, query }
  const found: HitRow[] = []
  const checkTime = startDeadline(request)
  for (const window of windows) {
    const wanted = limit + 1 - found.length
    if (wanted === 0) break
    checkTime()
    const inOrder = isReadInOrder(request.query, window)
    const hits = hitsStatement(request, window, after, wanted, inOrder)
    found.push(...(await (inOrder ? askInOrder : ask)<HitRow>(reader, hits, request)))
  }
  const spans = found.slice(0, limit).map(hitOf)
  const last = spans.at(-1)
  const tookMs = Math.round(performance.now() - began)
  if (found.length <= limit || last === undefined) return { spans, tookMs }
  const nextCursor = formatCursor({ startUnixNano: last.startUnixNano, id: last.traceId + last.spanId })
  return { spans, nextCursor, tookMs }
}

function hitsStatement(
  { query, range }: SearchRequest,
  window: TimeRange,
  after: Place | undefined,
  wanted: number,
  inOrder: boolean,
): Statement {
  return statement(bind => {
    const { table, where } = compileQuery(query, window, bind, range)
    const place = after && [
      timeOf(after.startUnixNano, bind),
      bytes(after.id.slice(0, 32), 16),
      bytes(after.id.slice(32), 8),
    ]
    const earlier = place === undefined ? '' : ` AND (start, trace_id, span_id) < (${place.join(', ')})`
    return (
      `SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, service, name, kind, status_code, ` +
      `toUnixTimestamp64Nano(start) AS started, duration FROM ${table} WHERE ${where}${earlier} ` +
      `ORDER BY ${inOrder ? 'toStartOfMinute(start) DESC, ' : ''}start DESC, trace_id DESC, span_id DESC LIMIT 1 BY trace_id, span_id LIMIT ${bind(wanted, 'UInt64')}`
    )
    function bytes(hex: string, length: 8 | 16): string {
      return bind(hex, `FixedString(${length})`)
    }
  })
}

function hitOf(row: HitRow): SpanHit {
  return {
    traceId: row.trace,
    spanId: row.span,
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    status: statusCodes[row.status_code] ?? 'unset',
    startUnixNano: row.started,
    durationNano: Number(row.duration),
  }
}
