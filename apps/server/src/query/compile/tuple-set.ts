import type { Bind } from './bind.ts'

/** Types of columns that sets of tuples are made of. */
export type TupleColumn = 'String' | 'Int64'

/** So many are written one by one: the engine looks those up faster than a selection. */
const few = 100

/**
 * Bound rows of texts as a set for `IN`.
 *
 * @param rows as many texts each as there are columns; at least one row.
 * @example `(destination, message_offset) IN ${tupleSet([['orders', '5']], ['String', 'Int64'], bind)}`
 */
export function tupleSet(
  rows: readonly (readonly string[])[],
  columns: readonly TupleColumn[],
  bind: Bind,
): string {
  if (rows.length <= few) {
    const tuples = rows.map(row => columns.map((type, place) => bind(row[place] ?? '', type)))
    return `(${tuples.map(tuple => `(${tuple.join(', ')})`).join(', ')})`
  }
  const lists = columns.map((type, place) =>
    bind(
      rows.map(row => row[place] ?? ''),
      `Array(${type})`,
    ),
  )
  const parts = columns.map((_, place) => `row.${place + 1}`)
  return `(SELECT ${parts.join(', ')} FROM (SELECT arrayJoin(arrayZip(${lists.join(', ')})) AS row))`
}
