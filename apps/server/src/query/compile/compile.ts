import { WaybillError } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import type { Parameters } from '../../store/engine.ts'
import type { TimeRange } from '../time-range.ts'
import { lengthNano, startsBetween, startsWithin } from '../time-range.ts'
import type { Bind } from './bind.ts'
import { makeBinder } from './bind.ts'
import { compileAnchor } from './condition.ts'
import type { Scope } from './scope.ts'
import { isIndexed } from './scope.ts'

/** One statement and the values of its placeholders. */
export interface Statement {
  readonly sql: string
  readonly parameters: Parameters
}

/** Rows that a query selects: of `spans`, or of `messages` where the query asks for single messages. */
export interface Selection {
  readonly table: 'spans' | 'messages'
  /** The whole condition; its first part bounds the rows' start. */
  readonly where: string
}

/**
 * Compiles a query to a selection of rows that started within `range`. Both tables have the ids, service, name,
 * kind, status, start and duration of the span under the same names.
 *
 * @param whole the range of the whole search, where `range` is a window of it.
 * @param narrow what else bounds the rows, and those that they are related to.
 * @throws WaybillError BAD_QUERY where a value does not suit its key, as can happen with a tree that was not
 *   read from text.
 */
export function compileQuery(
  query: Query,
  range: TimeRange,
  bind: Bind,
  whole: TimeRange = range,
  narrow: Pick<Scope, 'bound' | 'sameTraces' | 'near'> = {},
): Selection {
  const { scope, condition } = compileAnchor(query, { bind, range, whole, ...narrow })
  // To compare the minutes of all rows costs more than it spares where an index leaves few of them
  const wide = lengthNano(range) * 8n > lengthNano(whole)
  const bounds =
    scope.table === 'messages' || (isIndexed(query) && wide)
      ? startsBetween(range, bind)
      : startsWithin(range, bind)
  const where = [bounds, narrow.bound ?? 'true', condition].filter(one => one !== 'true')
  return { table: scope.table, where: where.join(' AND ') }
}

/**
 * Compiles a query to a condition on rows of `messages` whose span started within `range`: what `messages` has is
 * judged there, message by message, the rest by the span. Throws as {@link compileQuery} does.
 *
 * @param bound what else bounds the rows, and those that they are related to.
 */
export function compileMessages(
  query: Query,
  range: TimeRange,
  bind: Bind,
  whole: TimeRange = range,
  bound?: string,
): string {
  const { condition } = compileAnchor(query, { bind, range, whole, bound }, 'messages')
  const where = [startsBetween(range, bind), bound ?? 'true', condition].filter(one => one !== 'true')
  return where.join(' AND ')
}

/** The engine reads statements of 256 KiB at most; each `is:unconsumed` writes 3 kB of one. */
const longestStatement = 200_000

/**
 * Writes one statement with a binder of its own.
 *
 * @throws WaybillError QUERY_TOO_LARGE where it is longer than the engine reads.
 */
export function statement(write: (bind: Bind) => string): Statement {
  const { bind, parameters } = makeBinder()
  const sql = write(bind)
  if (sql.length > longestStatement)
    throw new WaybillError('QUERY_TOO_LARGE', 'The query has too many conditions. Leave some of them out.')
  return { sql, parameters }
}
