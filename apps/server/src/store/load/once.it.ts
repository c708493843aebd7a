import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Engine } from '../engine.ts'
import { openStore } from '../open.ts'
import { tableContents } from '../table-contents.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../temporary-store.ts'
import { batchesOf, loadSpans, receivedAt } from './samples.ts'

const victim = fileURLToPath(new URL('victim.ts', import.meta.url))

async function countSpans(engine: Engine): Promise<number> {
  const [row] = await engine.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
  return Number(row?.spans)
}

/** Loads one segment and dies when so many tables have grown. @returns the rows of each table before. */
async function killedWhileLoading(
  dataDir: string,
  folder: string,
  number: number,
  tables: number,
): Promise<Readonly<Record<string, number>>> {
  const child = spawn(process.execPath, [victim, dataDir, folder, String(number), String(tables)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  if (child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return JSON.parse(output)
}

test('a segment that is loaded three times stands once in every table and view', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const segment = await writeSegment(folder, `${receivedAt}-thrice`, ...batchesOf(1))
  await engine.load(segment)
  const contents = await tableContents(engine)
  assert.equal(await countSpans(engine), loadSpans)
  for (let i = 0; i < 2; i++) await engine.load(segment)
  assert.deepEqual(await tableContents(engine), contents)
  await engine.load(await writeSegment(folder, `${receivedAt}-other-token`, ...batchesOf(1)))
  assert.equal(await countSpans(engine), 2 * loadSpans)
})

test('segments that are loaded at once, and again, have the rows that they have one after the other', async t => {
  const folder = await temporaryFolder(t)
  const numbers = [0, 1, 2, 3, 4, 5]
  const segments = await Promise.all(
    numbers.map(i => writeSegment(folder, `${receivedAt}-${i}`, ...batchesOf(i))),
  )
  const contentsAfter = async (
    concurrentLoads: number,
    load: (engine: Engine) => Promise<void>,
  ): Promise<Readonly<Record<string, string>>> => {
    const dataDir = join(folder, `${concurrentLoads}`)
    const engine = await openStore({ dataDir, limits: { concurrentLoads } })
    try {
      await load(engine)
      assert.equal(await countSpans(engine), segments.length * loadSpans)
      return await tableContents(engine)
    } finally {
      await engine.close()
    }
  }
  const atOnce = await contentsAfter(3, async engine => {
    await Promise.all([...segments, ...segments].map(segment => engine.load(segment)))
  })
  const inTurn = await contentsAfter(1, async engine => {
    for (const segment of segments) await engine.load(segment)
  })
  assert.deepEqual(atOnce, inTurn)
})

test('what kill -9 cut off in the middle of a load is neither lost nor doubled by the next load', async t => {
  const folder = await temporaryFolder(t)
  const dataDir = join(folder, 'killed')
  const segments = 4
  /** Of nine tables, so many had grown when the kill came. */
  const grown = [1, 2, 4, 5, 6, 7, 8]
  for (let i = 0; i < segments; i++) await writeSegment(folder, `${receivedAt}-${i}`, ...batchesOf(i))

  let torn = 0
  for (const [round, tables] of grown.entries()) {
    const rows = await killedWhileLoading(dataDir, folder, round % segments, tables)
    // Every span of these segments has one row in `messages`: the kill before came between the two tables.
    if ((rows['spans'] ?? 0) !== (rows['messages'] ?? 0)) torn++
  }
  assert.ok(torn > 0, 'no kill came in the middle of a load')

  const load = async (dir: string): Promise<Readonly<Record<string, string>>> => {
    const engine = await openStore({ dataDir: dir })
    try {
      for (let i = 0; i < segments; i++)
        await engine.load(await writeSegment(folder, `${receivedAt}-${i}`, ...batchesOf(i)))
      return await tableContents(engine)
    } finally {
      await engine.close()
    }
  }
  assert.deepEqual(await load(dataDir), await load(join(folder, 'whole')))
})
