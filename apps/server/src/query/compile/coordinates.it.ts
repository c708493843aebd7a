import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Reader } from '../../store/engine.ts'
import { temporaryStore } from '../../store/temporary-store.ts'
import { statement } from './compile.ts'
import type { Coordinates } from './coordinates.ts'
import { atCoordinates, coordinatesKey } from './coordinates.ts'

/** Destinations, partitions of each, and offsets in each of these. */
const size = 12

/** As many places as `count`, no two of which share a value. */
const diagonal = (count: number): readonly Coordinates[] =>
  Array.from({ length: count }, (_, i) => ({ destination: `topic-${i}`, partition: `${i}`, offset: `${i}` }))

async function find(reader: Reader, places: readonly Coordinates[]): Promise<readonly string[]> {
  const { sql, parameters } = statement(
    bind =>
      `SELECT destination, partition_id AS partition, message_offset AS offset FROM messages WHERE ${atCoordinates(places, bind)}`,
  )
  return (await reader.query<Coordinates>(sql, parameters)).map(coordinatesKey)
}

it('finds messages by their coordinates', async t => {
  const store = await temporaryStore(t)
  await store.query(
    `INSERT INTO messages (system, destination, partition_id, message_offset)
SELECT 'kafka', concat('topic-', toString(number % ${size})), toString(intDiv(number, ${size}) % ${size}), intDiv(number, ${size * size})
FROM numbers(${size ** 3})`,
  )

  await t.test('one place and no other', async () => {
    assert.deepEqual(await find(store, diagonal(1)), diagonal(1).map(coordinatesKey))
  })

  await t.test('each of a few, among others that have their values', async () => {
    const found = await find(store, diagonal(10))
    assert.equal(found.length, 10 ** 3)
    for (const place of diagonal(10)) assert.ok(found.includes(coordinatesKey(place)))
  })

  await t.test('only those asked for, where there would be more than a thousand others', async () => {
    const found = await find(store, diagonal(11))
    assert.deepEqual(found.toSorted(), diagonal(11).map(coordinatesKey).toSorted())
  })

  await t.test('nothing at a place that nobody handled', async () => {
    assert.deepEqual(
      await find(store, [{ destination: 'topic-1', partition: '1', offset: String(size) }]),
      [],
    )
  })
})
