import type { Bind } from './bind.ts'

/** Where a message lies in a log: decimal text of an offset within 63 bits. */
export interface Coordinates {
  readonly destination: string
  readonly partition: string
  readonly offset: string
}

/** Coordinates as a key of maps and sets. */
export function coordinatesKey({ destination, partition, offset }: Coordinates): string {
  return JSON.stringify([destination, partition, offset])
}

/** So many coordinates beside those asked for may pass. */
const mostOthers = 1000

/**
 * The condition on rows of `messages` that they lie at one of some coordinates. Each column is compared with a set of
 * its own, so one column's value may pass with another's: the rows have to be compared by {@link coordinatesKey}.
 *
 * @param places at least one.
 */
export function atCoordinates(places: readonly Coordinates[], bind: Bind): string {
  const destinations = [...new Set(places.map(({ destination }) => destination))]
  const partitions = [...new Set(places.map(({ partition }) => partition))]
  const offsets = [...new Set(places.map(({ offset }) => offset))]
  const sets =
    `destination IN ${bind(destinations, 'Array(String)')} AND partition_id IN ${bind(partitions, 'Array(String)')} ` +
    `AND message_offset IN ${bind(offsets, 'Array(Int64)')}`
  const others = destinations.length * partitions.length * offsets.length - places.length
  return others <= mostOthers
    ? sets
    : `${sets} AND (destination, partition_id, message_offset) IN ${selection(places, bind)}`
}

function selection(places: readonly Coordinates[], bind: Bind): string {
  const list = (texts: readonly string[], type: 'String' | 'Int64') => bind(texts, `Array(${type})`)
  const lists = [
    list(
      places.map(place => place.destination),
      'String',
    ),
    list(
      places.map(place => place.partition),
      'String',
    ),
    list(
      places.map(place => place.offset),
      'Int64',
    ),
  ]
  return `(SELECT row.1, row.2, row.3 FROM (SELECT arrayJoin(arrayZip(${lists.join(', ')})) AS row))`
}
