import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openChdb } from './chdb/chdb.ts'
import type { Engine, Segment } from './engine.ts'
import { batchesOf, receivedAt } from './load/samples.ts'
import { migrate, readMigrations } from './migrate.ts'
import { openStore } from './open.ts'
import { temporaryFolder, writeSegment } from './temporary-store.ts'

/** The last migration of the schema that counted nothing. */
const beforeCounts = 13

test('a store of before counts the spans that it has as if they came now', async t => {
  const folder = await temporaryFolder(t)
  const segments = await Promise.all(
    [0, 1, 2].map(number => writeSegment(folder, `${receivedAt}-${number}`, ...batchesOf(number))),
  )
  const [first, second, third] = segments
  assert.ok(first && second && third)

  await mkdir(join(folder, 'older'))
  const older = await openChdb(join(folder, 'older'))
  await migrate(
    older,
    readMigrations().filter(({ number }) => number <= beforeCounts),
  )
  await older.load(first)
  await older.load(second)
  await older.close()
  const upgraded = await loadAndCount(join(folder, 'older'), [third])
  assert.deepEqual(upgraded, await loadAndCount(join(folder, 'fresh'), segments))
})

async function loadAndCount(dataDir: string, segments: readonly Segment[]): Promise<readonly unknown[]> {
  const engine = await openStore({ dataDir })
  try {
    for (const segment of segments) await engine.load(segment)
    return await counts(engine)
  } finally {
    await engine.close()
  }
}

async function counts(engine: Engine): Promise<readonly unknown[]> {
  return await Promise.all(
    [
      'SELECT * FROM operations FINAL ORDER BY ALL',
      'SELECT * FROM operation_minutes FINAL ORDER BY ALL',
      // Samples differ in size
      'SELECT DISTINCT day, key, service, of_resource, type FROM attribute_keys WHERE of_resource = 0 ORDER BY ALL',
      'SELECT DISTINCT key, service FROM attribute_keys WHERE of_resource = 1 ORDER BY ALL',
    ].map(sql => engine.query(sql)),
  )
}
