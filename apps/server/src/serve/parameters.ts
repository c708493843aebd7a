import type { SpanKind, TraceId } from '@waybill/model'
import { parseDuration, parseTraceId, spanKinds, timeOfUnixMs, WaybillError } from '@waybill/model'
import { parseQuery } from '@waybill/query-language'
import { z } from 'zod'
import type { TimeRange } from '../query/time-range.ts'
import type { Narrowed, SearchRequest, TraceSearchRequest } from './queries.ts'

const searchedByDefaultNano = 3_600e9
/** ClickHouse's DateTime64(9) ends here: 2262-04-11. */
const latestUnixMs = 9_223_372_036_854

/** A parameter that may stand once; `a=1&a=2` is refused rather than one of them chosen. */
export const once = z.string('may stand only once').optional()

const narrowedSchema = z.object({
  q: once,
  start: once,
  end: once,
  last: once,
})
const searchSchema = narrowedSchema.extend({ limit: once, cursor: once })

/**
 * Reads what every search takes ({@link SearchParameters} of the API).
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER with the name of the parameter, BAD_QUERY with the place in `q`.
 */
export function readSearch(query: unknown, now: number): SearchRequest {
  const { limit, cursor, ...rest } = check(searchSchema, query)
  const request = { ...narrow(rest, now), limit: readLimit(limit) }
  return cursor === undefined || cursor === '' ? request : { ...request, cursor }
}

/** Reads a search of traces, which has an order, too. Throws as {@link readSearch} does. */
export function readTraceSearch(query: unknown, now: number): TraceSearchRequest {
  const { sort } = check(z.object({ sort: once }), query)
  if (sort === 'slowest') return { ...readSearch(query, now), order: 'slowest' }
  if (sort !== undefined && sort !== '' && sort !== 'newest')
    throw bad('sort', 'must be newest or slowest', sort)
  return readSearch(query, now)
}

/** Reads `q` and the time range. Throws as {@link readSearch} does. */
export function readNarrowed(query: unknown, now: number): Narrowed {
  return narrow(check(narrowedSchema, query), now)
}

/** Reads `q`, `at` (the cursor in it; its end if absent) and the time range, of a query not finished yet. */
export function readCompletion(
  query: unknown,
  now: number,
): { readonly text: string; readonly at: number; readonly range: TimeRange } {
  const { q = '', at, ...rest } = check(narrowedSchema.extend({ at: once }), query)
  const position = at === undefined || at === '' ? q.length : Number(at)
  if (!Number.isInteger(position) || position < 0 || position > q.length)
    throw bad('at', `must be an offset in q, 0 to ${q.length}`, at)
  return { text: q, at: position, range: readRange(rest, now) }
}

/** Reads `service` and `kind`; both may be absent. */
export function readOperations(query: unknown): { readonly service?: string; readonly kind?: SpanKind } {
  const { service, kind } = check(z.object({ service: once, kind: once }), query)
  const known = readKind(kind)
  return { ...(service === undefined ? {} : { service }), ...(known === undefined ? {} : { kind: known }) }
}

/** A kind of span; undefined where the text is absent or empty. */
export function readKind(text: string | undefined): SpanKind | undefined {
  const known = spanKinds.find(name => name === text?.toLowerCase())
  if (text && known === undefined) throw bad('kind', `must be one of ${spanKinds.join(', ')}`, text)
  return known
}

/** @throws WaybillError BAD_PARAMETER where the text is no trace id. */
export function readTraceId(text: string): TraceId {
  const traceId = parseTraceId(text)
  if (traceId === undefined) throw bad('trace id', 'must be 1 to 32 hex digits, not all of them 0', text)
  return traceId
}

function narrow({ q, ...rest }: z.infer<typeof narrowedSchema>, now: number): Narrowed {
  return { query: parseQuery(q ?? ''), range: readRange(rest, now) }
}

/** The range of `start`, `end` or `last`. Throws as {@link readSearch} does. */
export function readRange(
  { start, end, last }: Pick<z.infer<typeof narrowedSchema>, 'start' | 'end' | 'last'>,
  now: number,
): TimeRange {
  if (last && (start || end))
    throw bad('last', 'stands for start and end, and cannot stand beside them', last)
  const lastNano = last ? parseDuration(last) : searchedByDefaultNano
  if (lastNano === undefined || lastNano <= 0)
    throw bad('last', 'must be a duration such as 15m, 1h or 2d', last)
  const endMs = end ? readTime('end', end) : now
  const startMs = start ? readTime('start', start) : Math.max(0, endMs - lastNano / 1e6)
  if (startMs > endMs) throw bad('start', 'must not lie after the end', start)
  return { startUnixNano: timeOfUnixMs(startMs), endUnixNano: timeOfUnixMs(endMs) }
}

/** Milliseconds since 1970, or an RFC 3339 text with its zone. */
function readTime(name: string, text: string): number {
  const isText = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(text)
  const unixMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) : isText ? Date.parse(text) : Number.NaN
  if (Number.isNaN(unixMs) || unixMs < 0 || unixMs > latestUnixMs)
    throw bad(name, 'must be milliseconds since 1970 or a time such as 2026-11-21T08:30:00Z', text)
  return unixMs
}

function readLimit(text: string | undefined): number {
  if (text === undefined || text === '') return 20
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(limit >= 1 && limit <= 1500)) throw bad('limit', 'must be a whole number from 1 to 1500', text)
  return limit
}

export function check<Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw bad(issue?.path.join('.') ?? '', issue?.message ?? 'cannot be read', undefined)
}

export function bad(name: string, rule: string, text: string | undefined): WaybillError {
  const given = text === undefined ? '' : `, not ${JSON.stringify(text.slice(0, 100))}`
  return new WaybillError('BAD_PARAMETER', `${name}: ${rule}${given}`)
}
