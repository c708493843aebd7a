import assert from 'node:assert/strict'
import { appendFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { batchesOf } from '../load/samples.ts'
import { openStore } from '../open.ts'
import { tableContents } from '../table-contents.ts'
import { temporaryFolder, writeSegment } from '../temporary-store.ts'
import { repairDeduplicationLogs } from './deduplication-log.ts'

/** The folders of all tables that keep a deduplication log. */
async function tableFolders(dataDir: string): Promise<readonly string[]> {
  const files = await readdir(join(dataDir, 'store'), { recursive: true })
  return files
    .filter(path => path.endsWith('/deduplication_logs'))
    .map(path => join(dataDir, 'store', path, '..'))
}

/** The newest part of a table, which an insert has just made. */
async function newestPart(table: string): Promise<string | undefined> {
  const parts = (await readdir(table)).filter(name => /_\d+_\d+_\d+$/.test(name))
  return parts.sort((a, b) => Number(a.split('_')[1]) - Number(b.split('_')[1])).at(-1)
}

test('a load that was killed between the record of a part and the part itself is loaded again', async t => {
  const folder = await temporaryFolder(t)
  const dataDir = join(folder, 'data')
  const segments = [
    await writeSegment(folder, 'before', ...batchesOf(1)),
    await writeSegment(folder, 'killed', ...batchesOf(2)),
  ]
  const loadAll = async () => {
    const engine = await openStore({ dataDir })
    for (const segment of segments) await engine.load(segment)
    const contents = await tableContents(engine)
    await engine.close()
    return contents
  }
  const whole = await loadAll()
  assert.ok(Object.keys(whole).length >= 6)
  assert.deepEqual(await loadAll(), whole)

  const tables = await tableFolders(dataDir)
  for (const table of tables) {
    const part = await newestPart(table)
    assert.ok(part !== undefined, table)
    await rm(join(table, part), { recursive: true })
  }
  assert.deepEqual(await loadAll(), whole)
  assert.equal(repairDeduplicationLogs(dataDir), 0)
})

test('a record that was cut short does not spoil what is recorded after it', async t => {
  const folder = await temporaryFolder(t)
  const dataDir = join(folder, 'data')
  const segments = await Promise.all([1, 2].map(i => writeSegment(folder, `segment-${i}`, ...batchesOf(i))))
  const open = async () => {
    const engine = await openStore({ dataDir })
    return { engine, [Symbol.asyncDispose]: () => engine.close() }
  }
  {
    await using store = await open()
    for (const segment of segments.slice(0, 1)) await store.engine.load(segment)
  }
  for (const table of await tableFolders(dataDir))
    await appendFile(join(table, 'deduplication_logs', 'deduplication_log_1.txt'), '1\tall_9_9')
  let whole: unknown
  {
    await using store = await open()
    for (const segment of segments) await store.engine.load(segment)
    whole = await tableContents(store.engine)
  }
  await using store = await open()
  for (const segment of segments) await store.engine.load(segment)
  assert.deepEqual(await tableContents(store.engine), whole)
})

test('a folder without a store needs no repair', async t => {
  assert.equal(repairDeduplicationLogs(await temporaryFolder(t)), 0)
})
