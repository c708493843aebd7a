import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import { storyStartNano, storyTraceId } from '@waybill/model/story'
import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Archive } from '../store/archive/archive.ts'
import { openArchive } from '../store/archive/archive.ts'
import type { Engine } from '../store/engine.ts'
import { openStore } from '../store/open.ts'
import { Retention } from '../store/retention/retention.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../store/temporary-store.ts'
import type { Stories } from './story-store.ts'
import { storyRequest } from './story-store.ts'
import { maximalRequest, maximalTraceId } from './trace/maximal-request.ts'
import { getTrace } from './trace/trace.ts'
import { getTraces } from './trace/traces-by-id.ts'

const dayMs = 86_400_000
const storyStartMs = Number(storyStartNano / 1_000_000n)
/** From the start of the stories to the midnight after. */
const midnightMs = dayMs - (storyStartMs % dayMs)
const orders = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' }
const at = (partition: number, offset: number) => ({
  'messaging.destination.partition.id': String(partition),
  'messaging.kafka.offset': offset,
})

/**
 * - 1, 2: two sends; 3: a batch that links to them, and to one that is not stored.
 * - 4, 5: context lost, the same coordinates.
 * - 6: a batch the day after, whose link has the coordinates of 4, but no context.
 * - 7: a trace over midnight; 8: one that nobody pins.
 */
const stories: Stories = {
  1: [{ id: 1, at: [0, 10], service: 'shop', kind: 'producer', attributes: { ...orders, ...at(0, 5) } }],
  2: [{ id: 2, at: [100, 110], service: 'web', kind: 'producer', attributes: { ...orders, ...at(1, 6) } }],
  3: [
    {
      id: 3,
      at: [1000, 1500],
      service: 'audit',
      kind: 'consumer',
      attributes: orders,
      links: [
        { trace: 1, id: 1, attributes: at(0, 5) },
        { trace: 2, id: 2, attributes: at(1, 6) },
        { trace: 99, id: 99 },
      ],
    },
    { id: 4, parent: 3, at: [1000, 1100], service: 'audit', error: true },
  ],
  4: [{ id: 5, at: [0, 10], service: 'shop', kind: 'producer', attributes: { ...orders, ...at(3, 7) } }],
  5: [{ id: 6, at: [60, 70], service: 'billing', kind: 'consumer', attributes: { ...orders, ...at(3, 7) } }],
  6: [
    {
      id: 7,
      at: [midnightMs + 10, midnightMs + 20],
      service: 'late',
      kind: 'consumer',
      attributes: orders,
      links: [{ trace: 0, id: 0, attributes: at(3, 7) }],
    },
  ],
  7: [
    { id: 8, at: [0, midnightMs + 5000], service: 'night' },
    { id: 9, parent: 8, at: [midnightMs + 1, midnightMs + 2], service: 'night' },
  ],
  8: [{ id: 10, at: [0, 10], service: 'nobody' }],
}
const pinnedStories = [1, 2, 3, 4, 5, 6, 7].map(storyTraceId)

let tokens = 0

/** Loads a request as if it had been received at the time of the stories, so that they have days. */
async function load(t: TestContext, engine: Engine, body: Uint8Array): Promise<void> {
  const token = `${String(storyStartMs).padStart(14, '0')}-${++tokens}`
  await engine.load(await writeSegment(await temporaryFolder(t), token, body))
}

/** Drops everything that is older than a day, some days after the stories. */
async function sweep(engine: Engine, archive: Archive, daysLater: number): Promise<readonly string[]> {
  const lines: string[] = []
  const retention = new Retention({
    engine,
    archive,
    limits: { tracesMs: dayMs, rollupsMs: dayMs, diskBytes: Number.POSITIVE_INFINITY },
    now: () => storyStartMs + midnightMs + daysLater * dayMs,
    observer: {
      measured: () => undefined,
      dropped: ({ day, group }) => lines.push(`${day} ${group}`),
      overBudget: () => lines.push('over budget'),
      clockJumped: () => lines.push('clock jumped'),
      failed: (what, error) => lines.push(`${what} ${error}`),
    },
  })
  await retention.sweep()
  return lines
}

async function countSpans(engine: Engine): Promise<string | undefined> {
  const [row] = await engine.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
  return row?.spans
}

/** The answers about traces, in the order of their ids. */
function answers(engine: Archive, ids: readonly TraceId[]): Promise<readonly (TraceResponse | undefined)[]> {
  return Promise.all(ids.map(id => getTrace(engine.readerOf(id), id)))
}

test('what is archived of a table has its columns', async t => {
  const engine = await temporaryStore(t)
  const own = ['pin', 'row_copy', 'row_hash']
  for (const table of ['spans', 'messages', 'resources', 'scopes']) {
    const [row] = await engine.query<{ readonly stored: string[]; readonly archived: string[] }>(
      `SELECT arraySort(groupArrayIf(name || ' ' || type, table = {table:String})) AS stored,
  arraySort(groupArrayIf(name || ' ' || type, table = 'archived_' || {table:String} AND name NOT IN {own:Array(String)})) AS archived
FROM system.columns WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT')`,
      { table, own },
    )
    assert.ok(row && row.stored.length > 5)
    assert.deepEqual(row.archived, row.stored, `archived_${table} lacks what a migration gave ${table}`)
  }
})

test('a pinned trace answers as before once its days are gone, with the ends of its links and messages', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  await load(t, engine, encodeTracesJson(maximalRequest))
  // The same spans again: they stand twice, before as after.
  await load(t, engine, storyRequest({ 3: stories[3] ?? [] }))
  const archive = await openArchive(engine)
  const ids = [...pinnedStories, maximalTraceId]
  const before = await answers(archive, ids)
  for (const id of ids) assert.ok(await archive.pin(id))
  const dropped = await sweep(engine, archive, 10_000)
  assert.ok(dropped.length > 2, dropped.join())
  assert.equal(await countSpans(engine), '0')

  const after = await answers(archive, ids)
  for (const [i, id] of ids.entries()) assert.deepEqual(after[i], before[i], id)
  assert.equal(before[2]?.trace.spans.length, 4)
  assert.equal(before[2]?.linksTo.length, 2)
  assert.equal(before[4]?.messages.length, 1)
  assert.equal(await getTrace(archive.readerOf(storyTraceId(8)), storyTraceId(8)), undefined)
  const id = storyTraceId(3)
  assert.deepEqual((await getTraces(archive.readerOf(id), [id])).get(id), before[2]?.trace)
})

test('what is pinned, and read from the archive, survives a restart', async t => {
  const dataDir = await temporaryFolder(t)
  const engine = await openStore({ dataDir })
  let before: unknown
  try {
    await load(t, engine, storyRequest(stories))
    const archive = await openArchive(engine)
    before = await answers(archive, pinnedStories)
    for (const id of pinnedStories) await archive.pin(id)
    await sweep(engine, archive, 5)
  } finally {
    await engine.close()
  }
  const again = await openStore({ dataDir })
  try {
    assert.deepEqual(await answers(await openArchive(again), pinnedStories), before)
  } finally {
    await again.close()
  }
})

test('a trace of which one day is gone answers with both', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  const archive = await openArchive(engine)
  const ids = [storyTraceId(6), storyTraceId(7)]
  const before = await answers(archive, ids)
  for (const id of ids) await archive.pin(id)
  assert.deepEqual(await sweep(engine, archive, 1), ['2023-11-14 traces', '2023-11-14 rollups'])
  assert.equal(await countSpans(engine), '2')
  assert.deepEqual(await answers(archive, ids), before)

  const late = { id: 30, parent: 8, at: [midnightMs + 2, midnightMs + 3], service: 'later' } as const
  await load(t, engine, storyRequest({ 7: [late] }))
  assert.deepEqual(await sweep(engine, archive, 1), [], 'nothing to drop')
  const [, after] = await answers(archive, ids)
  assert.equal(after?.trace.spans.length, 3)
})

test('pinned twice is pinned once, since the first time', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  let nowMs = 1000
  const archive = await openArchive(engine, () => nowMs++)
  const id = storyTraceId(3)
  const [first, again] = await Promise.all([archive.pin(id), archive.pin(id)])
  assert.deepEqual(first, {
    traceId: id,
    pinnedUnixMs: 1000,
    startUnixNano: String(storyStartNano + 1_000_000_000n),
    durationNano: 500_000_000,
    rootService: 'audit',
    rootName: 'span 3',
    spanCount: 2,
    errorCount: 1,
  })
  assert.deepEqual(again, first)
  await archive.pin(storyTraceId(1))
  assert.deepEqual(
    (await archive.list()).map(({ traceId }) => traceId),
    [storyTraceId(1), id],
  )
  const [row] = await engine.query(
    'SELECT count() AS rows FROM archived_spans WHERE pin = unhex({id:String})',
    {
      id,
    },
  )
  assert.deepEqual(row, { rows: '4' }, 'its own spans, and the two that it links to')
})

test('what arrives of a pinned trace later is kept: before its day goes, and after', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest({ 7: stories[7] ?? [] }))
  const archive = await openArchive(engine)
  const id = storyTraceId(7)
  await archive.pin(id)
  await load(t, engine, storyRequest({ 7: [{ id: 20, parent: 8, at: [5, 6], service: 'later' }] }))
  const before = await getTrace(archive.readerOf(id), id)
  assert.equal(before?.trace.spans.length, 3)
  await sweep(engine, archive, 5)
  assert.deepEqual(await getTrace(archive.readerOf(id), id), before)

  await load(t, engine, storyRequest({ 7: [{ id: 21, parent: 8, at: [7, 8], service: 'latest' }] }))
  await sweep(engine, archive, 5)
  const after = await getTrace(archive.readerOf(id), id)
  assert.deepEqual(
    after?.trace.spans.map(span => Number.parseInt(span.spanId, 16)),
    [8, 20, 21, 9],
  )
  assert.equal(await countSpans(engine), '0')
})

test('a trace that is let go is gone with its days, and nothing is left of it in the archive', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  const archive = await openArchive(engine)
  for (const id of [1, 3].map(storyTraceId)) await archive.pin(id)
  await archive.unpin(storyTraceId(3))
  await archive.unpin(storyTraceId(99))
  assert.ok(await getTrace(archive.readerOf(storyTraceId(3)), storyTraceId(3)), 'still stored')
  await sweep(engine, archive, 5)
  assert.equal(await getTrace(archive.readerOf(storyTraceId(3)), storyTraceId(3)), undefined)
  assert.ok(await getTrace(archive.readerOf(storyTraceId(1)), storyTraceId(1)))
  for (const table of ['spans', 'messages', 'resources', 'scopes']) {
    const pins = await engine.query(`SELECT DISTINCT lower(hex(pin)) AS pin FROM archived_${table}`)
    assert.deepEqual(pins, [{ pin: storyTraceId(1) }], table)
  }
  await archive.unpin(storyTraceId(1))
  assert.equal(await getTrace(archive.readerOf(storyTraceId(1)), storyTraceId(1)), undefined)
  assert.deepEqual(await archive.list(), [])
})

test('nothing is pinned of a trace that is not stored', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  const archive = await openArchive(engine)
  assert.equal(await archive.pin(storyTraceId(99)), undefined)
  assert.deepEqual(await archive.list(), [])
})

test('an unpin that was cut short is finished at the next start', async t => {
  const engine = await temporaryStore(t)
  await load(t, engine, storyRequest(stories))
  const archive = await openArchive(engine)
  await archive.pin(storyTraceId(3))
  await engine.query('TRUNCATE TABLE pins')
  await (await openArchive(engine)).refresh('sealed')
  assert.deepEqual(await engine.query('SELECT 1 FROM archived_spans LIMIT 1'), [])
})
