import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from './open.ts'

test('every table follows the durability that the store was opened with, back and forth', async t => {
  const dataDir = mkdtempSync(join(tmpdir(), 'waybill-durability-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  for (const fsync of [true, true, false]) {
    const store = await openStore({ dataDir, fsync })
    const [tables] = await store.query<{ readonly all: string; readonly synced: string }>(
      `SELECT count() AS all, countIf(create_table_query LIKE '%fsync_after_insert = 1%') AS synced
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
    )
    await store.close()
    assert.ok(Number(tables?.all) > 0)
    assert.equal(tables?.synced, fsync ? tables?.all : '0')
  }
})
