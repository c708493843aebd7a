import type { Bind } from './compile-bind.ts'

/** How a column of texts becomes the type that it is compared as. */
const conversions = {
  text: (text: string) => text,
  offset: (text: string) => `toInt64(${text})`,
  traceId: (hex: string) => `toFixedString(unhex(${hex}), 16)`,
  spanId: (hex: string) => `toFixedString(unhex(${hex}), 8)`,
} as const
export type TupleColumn = keyof typeof conversions

/** So many are written one by one: the engine looks those up faster than a selection. */
const few = 100

/**
 * Bound rows of texts as a set for `IN`.
 *
 * @param rows as many texts each as there are columns; at least one row.
 * @example `(trace_id, span_id) IN ${tupleSet([[trace, span]], ['traceId', 'spanId'], bind)}`
 */
export function tupleSet(
  rows: readonly (readonly string[])[],
  columns: readonly TupleColumn[],
  bind: Bind,
): string {
  const convert = (sql: (place: number) => string) =>
    columns.map((column, place) => conversions[column](sql(place))).join(', ')
  if (rows.length <= few)
    return `(${rows.map(row => `(${convert(place => bind(row[place] ?? '', 'String'))})`).join(', ')})`
  const lists = columns.map((_, place) =>
    bind(
      rows.map(row => row[place] ?? ''),
      'Array(String)',
    ),
  )
  return `(SELECT ${convert(place => `row.${place + 1}`)} FROM (SELECT arrayJoin(arrayZip(${lists.join(', ')})) AS row))`
}
