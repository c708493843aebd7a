import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Engine } from './engine.ts'
import { batchesOf, loadSpans } from './load-samples.ts'
import { openStore } from './open.ts'
import { temporaryFolder, temporaryStore, writeSegment } from './temporary-store.ts'

const victim = fileURLToPath(new URL('load-victim.ts', import.meta.url))

/** What every table holds, in numbers that change when a row is missing or stands twice. */
async function contents(engine: Engine): Promise<Readonly<Record<string, string>>> {
  const sums = {
    spans: 'SELECT count() AS n, sum(sipHash64(span_id, name)) AS hash FROM spans',
    traces: 'SELECT sum(spans) AS n, sum(errors) AS hash FROM traces',
    links: 'SELECT count() AS n, sum(sipHash64(span_id, linked_span_id)) AS hash FROM links',
    messages: 'SELECT count() AS n, sum(sipHash64(span_id, message_offset)) AS hash FROM messages',
    resources: 'SELECT uniqExact(id) AS n, groupBitXor(id) AS hash FROM (SELECT DISTINCT id FROM resources)',
    scopes: 'SELECT uniqExact(id) AS n, groupBitXor(id) AS hash FROM (SELECT DISTINCT id FROM scopes)',
  }
  const found: Record<string, string> = {}
  for (const [table, sql] of Object.entries(sums)) {
    const [row] = await engine.query<{ readonly n: string; readonly hash: string }>(sql)
    found[table] = `${row?.n} ${row?.hash}`
  }
  return found
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
  const segment = await writeSegment(folder, 'thrice', ...batchesOf(1))
  await engine.load(segment)
  const once = await contents(engine)
  assert.equal(once['spans']?.split(' ')[0], String(loadSpans))
  for (let i = 0; i < 2; i++) await engine.load(segment)
  assert.deepEqual(await contents(engine), once)
  await engine.load(await writeSegment(folder, 'other-token', ...batchesOf(1)))
  assert.equal((await contents(engine))['spans']?.split(' ')[0], String(2 * loadSpans))
})

test('what kill -9 cut off in the middle of a load is neither lost nor doubled by the next load', async t => {
  const folder = await temporaryFolder(t)
  const dataDir = join(folder, 'killed')
  const segments = 4
  for (let i = 0; i < segments; i++) await writeSegment(folder, `segment-${i}`, ...batchesOf(i))

  let torn = 0
  for (let round = 0; round <= segments; round++) {
    const rows = await killedWhileLoading(dataDir, folder, round % segments, round + 1)
    // Every span of these segments has one row in `messages`: the kill before came between the two tables.
    if ((rows['spans'] ?? 0) !== (rows['messages'] ?? 0)) torn++
  }
  assert.ok(torn > 0, 'no kill came in the middle of a load')

  const load = async (dir: string): Promise<Readonly<Record<string, string>>> => {
    const engine = await openStore({ dataDir: dir })
    try {
      for (let i = 0; i < segments; i++)
        await engine.load(await writeSegment(folder, `segment-${i}`, ...batchesOf(i)))
      return await contents(engine)
    } finally {
      await engine.close()
    }
  }
  assert.deepEqual(await load(dataDir), await load(join(folder, 'whole')))
})
