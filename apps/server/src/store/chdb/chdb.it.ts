import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { testEngine } from '../engine-contract.ts'
import { batchesOf } from '../load/samples.ts'
import { openStore } from '../open.ts'
import { temporaryFolder, writeSegment } from '../temporary-store.ts'

testEngine('the embedded engine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-chdb-'))
  return {
    open: () => openStore({ dataDir: join(folder, 'data') }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
})

test('nothing is written outside of the data folder, and no copy of a segment stays in it', async t => {
  const folder = await temporaryFolder(t)
  const dataDir = join(folder, 'data')
  const before = process.cwd()
  process.chdir(await temporaryFolder(t))
  t.after(() => process.chdir(before))

  const engine = await openStore({ dataDir })
  await engine.load(await writeSegment(folder, 'one', ...batchesOf(1)))
  await engine.query('SELECT count() FROM spans')
  await engine.close()
  assert.deepEqual(await readdir('.'), [])
  assert.deepEqual((await readdir(folder)).sort(), ['data', 'one.segment'])
  assert.deepEqual(await readdir(join(dataDir, 'loading')), [])
})

test('copies of segments that a crash left behind are gone after the next start', async t => {
  const dataDir = await temporaryFolder(t)
  await (await openStore({ dataDir })).close()
  await writeFile(join(dataDir, 'loading', 'left behind'), 'half a segment')
  await (await openStore({ dataDir })).close()
  assert.deepEqual(await readdir(join(dataDir, 'loading')), [])
})
