import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { encodeTraces } from '@waybill/wire/otlp'
import type { Engine } from '../engine.ts'
import { openStore } from '../open.ts'
import { temporaryFolder, temporaryStore, writeSegment } from '../temporary-store.ts'
import type { RetentionLimits } from './plan.ts'
import type { RetentionOptions } from './retention.ts'
import { Retention } from './retention.ts'
import { readStored, retentionTables } from './tables.ts'

const dayMs = 86_400_000
const today = Date.parse('2026-11-21T09:00:00Z')
const dayAt = (daysAgo: number): string => new Date(today - daysAgo * dayMs).toISOString().slice(0, 10)
const off: RetentionLimits = {
  tracesMs: Number.POSITIVE_INFINITY,
  rollupsMs: Number.POSITIVE_INFINITY,
  diskBytes: Number.POSITIVE_INFINITY,
}

let tokens = 0

/** Stores spans that started so many days ago, each a trace, of a service of that day, with a message and a link. */
async function store(t: TestContext, engine: Engine, daysAgo: number, spans = 50): Promise<void> {
  const startMs = today - daysAgo * dayMs
  const receivedMs = String(Math.abs(daysAgo) < 1000 ? startMs : today).padStart(14, '0')
  const body = encodeTraces({
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', `service-${daysAgo}`)] },
        scopeSpans: [
          {
            scope: { name: `scope-${daysAgo}` },
            spans: Array.from({ length: spans }, (_, i) => span(startMs, i)),
          },
        ],
      },
    ],
  })
  await engine.load(await writeSegment(await temporaryFolder(t), `${receivedMs}-${++tokens}`, body))
}

function span(startMs: number, i: number) {
  const id = (BigInt(startMs) * 1000n + BigInt(i)).toString(16)
  return {
    traceId: id.padStart(32, '0'),
    spanId: id.padStart(16, '0'),
    name: 'send',
    kind: 4,
    startTimeUnixNano: `${startMs + i}000000`,
    endTimeUnixNano: `${startMs + i + 5}000000`,
    attributes: [
      text('messaging.system', 'kafka'),
      text('messaging.destination.name', 'orders'),
      text('messaging.kafka.offset', String(i)),
    ],
    links: [{ traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0') }],
  }
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } }
}

/** A retention of which all is told in lines. */
function retain(engine: Engine, limits: Partial<RetentionLimits>, more: Partial<RetentionOptions> = {}) {
  const lines: string[] = []
  const retention = new Retention({
    engine,
    archive: { refresh: async () => undefined, seal: async () => undefined },
    limits: { ...off, ...limits },
    now: () => today,
    observer: {
      measured: () => undefined,
      dropped: ({ day, group, reason, pieces }) =>
        lines.push(`${day} ${group} ${reason} ${[...new Set(pieces.map(({ table }) => table))].join(' ')}`),
      overBudget: () => lines.push('over budget'),
      clockJumped: byMs => lines.push(`clock jumped ${byMs / dayMs} days`),
      failed: (what, error) => lines.push(`failed: ${what}: ${(error as Error).message}`),
    },
    ...more,
  })
  const sweep = async (): Promise<readonly string[]> => {
    lines.length = 0
    await retention.sweep()
    return [...lines]
  }
  return { retention, sweep }
}

const tablesOf = (group: string): string =>
  Object.keys(retentionTables)
    .filter(table => retentionTables[table] === group)
    .join(' ')
const spanTables = tablesOf('traces')
const rollupTables = tablesOf('rollups')

/** The days that each table still has, as a set of texts. */
async function daysOf(engine: Engine, table = 'spans'): Promise<readonly string[]> {
  const { pieces } = await readStored(engine)
  return [...new Set(pieces.filter(piece => piece.table === table).map(({ day }) => day))].sort()
}

async function services(engine: Engine): Promise<readonly string[]> {
  const rows = await engine.query<{ readonly service: string }>(
    'SELECT DISTINCT service FROM spans ORDER BY service',
  )
  return rows.map(({ service }) => service)
}

/** Bytes of all files below a folder. */
function diskUse(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

test('every table of the store has its place in retention', async t => {
  const engine = await temporaryStore(t)
  const tables = await engine.query<{ readonly name: string; readonly partitionKey: string }>(
    `SELECT name, partition_key AS partitionKey FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name`,
  )
  const byDay = tables.filter(({ partitionKey }) => partitionKey !== '').map(({ name }) => name)
  assert.deepEqual(byDay, Object.keys(retentionTables).sort())
  const others = tables.filter(({ partitionKey }) => partitionKey === '').map(({ name }) => name)
  assert.deepEqual(others, [
    'archived_messages',
    'archived_resources',
    'archived_scopes',
    'archived_spans',
    'migrations',
    'pins',
    'resources',
    'scopes',
  ])
})

test('an empty store has nothing to drop', async t => {
  const engine = await temporaryStore(t)
  assert.deepEqual(await retain(engine, { tracesMs: dayMs }).sweep(), [])
})

test('a day past its age leaves every table, one just within stays', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 7, 8]) await store(t, engine, daysAgo)
  const { sweep } = retain(engine, { tracesMs: 7 * dayMs, rollupsMs: 7 * dayMs })
  assert.deepEqual(await sweep(), [
    `${dayAt(8)} traces age ${spanTables}`,
    `${dayAt(8)} rollups age ${rollupTables}`,
  ])
  for (const table of Object.keys(retentionTables))
    assert.deepEqual(await daysOf(engine, table), [dayAt(7), dayAt(0)], table)
  assert.deepEqual(await services(engine), ['service-0', 'service-7'])
  assert.deepEqual(await sweep(), [], 'a second look finds nothing to do')
})

test('resources and scopes go with the last span that names them', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 3, 8]) await store(t, engine, daysAgo)
  // Sent on both days: stays.
  await engine.query(
    "INSERT INTO spans (resource, start, dated) SELECT id, toDateTime64({day:String}, 9, 'UTC'), 1 FROM resources WHERE service = 'service-3'",
    {
      day: `${dayAt(0)} 00:00:01`,
    },
  )
  await retain(engine, { tracesMs: 2 * dayMs }).sweep()
  const resources = await engine.query('SELECT service FROM resources FINAL ORDER BY service')
  assert.deepEqual(resources, [{ service: 'service-0' }, { service: 'service-3' }])
  const scopes = await engine.query('SELECT name FROM scopes FINAL ORDER BY name')
  assert.deepEqual(scopes, [{ name: 'scope-0' }])
})

test('over the budget the oldest day goes first; met to the byte nothing does', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 1, 2, 3]) await store(t, engine, daysAgo)
  const { pieces, totalBytes } = await readStored(engine)
  const ofDay = (daysAgo: number): number =>
    pieces
      .filter(({ group, day }) => group === 'traces' && day === dayAt(daysAgo))
      .reduce((sum, { bytes }) => sum + bytes, 0)
  assert.deepEqual(await retain(engine, { diskBytes: totalBytes }).sweep(), [])
  assert.deepEqual(await retain(engine, { diskBytes: totalBytes - ofDay(3) - 1 }).sweep(), [
    `${dayAt(3)} traces disk ${spanTables}`,
    `${dayAt(2)} traces disk ${spanTables}`,
  ])
  assert.deepEqual(await services(engine), ['service-0', 'service-1'])
})

test('the current day alone may be over the budget: it stays, and that is told once an hour', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 1]) await store(t, engine, daysAgo)
  let nowMs = today
  const { sweep } = retain(engine, { diskBytes: 1 }, { now: () => nowMs })
  assert.deepEqual(await sweep(), [
    `${dayAt(1)} traces disk ${spanTables}`,
    `${dayAt(1)} rollups disk ${rollupTables}`,
    'over budget',
  ])
  nowMs += 3_599_999
  assert.deepEqual(await sweep(), [])
  nowMs += 1
  assert.deepEqual(await sweep(), ['over budget'])
  assert.deepEqual(await services(engine), ['service-0'])
})

test('spans without a day of their own go by the last change of their part', async t => {
  const engine = await temporaryStore(t)
  await store(t, engine, 10_000)
  await store(t, engine, -10_000)
  const changed = await daysOf(engine)
  const lastChange = Date.parse(changed.at(-1) ?? '')
  let nowMs = lastChange + 3 * dayMs - 1
  const { sweep } = retain(engine, { tracesMs: 2 * dayMs }, { now: () => nowMs })
  if (changed.length === 1) assert.deepEqual(await sweep(), [])
  nowMs += 1
  const [line = ''] = await sweep()
  assert.match(line, new RegExp(`^${changed[0]} traces age ${spanTables}`))
  assert.deepEqual(await services(engine), [])
  assert.deepEqual(await daysOf(engine, 'traces'), [])
})

test('a clock that was set back drops nothing', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 5]) await store(t, engine, daysAgo)
  const { sweep } = retain(engine, { tracesMs: dayMs, diskBytes: 1 }, { now: () => today - 30 * dayMs })
  assert.deepEqual(await sweep(), ['over budget'])
  assert.deepEqual(await services(engine), ['service-0', 'service-5'])
})

test('a clock that was set forward is believed after an hour; one that is set back again, at once', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 1]) await store(t, engine, daysAgo)
  let nowMs = today
  let uptimeMs = 500
  const { sweep } = retain(engine, { tracesMs: 7 * dayMs }, { now: () => nowMs, uptime: () => uptimeMs })
  assert.deepEqual(await sweep(), [])
  const wait = async (ms: number): Promise<readonly string[]> => {
    uptimeMs += ms
    nowMs += ms
    return sweep()
  }
  nowMs += 365 * dayMs
  assert.deepEqual(await wait(60_000), ['clock jumped 365 days'])
  assert.deepEqual(await wait(3_599_999), [])
  nowMs -= 365 * dayMs
  assert.deepEqual(await wait(1), [], 'an hour later all is as it was')
  nowMs += 7 * dayMs
  assert.deepEqual(await wait(60_000), ['clock jumped 7 days'])
  const dropped = await wait(3_600_000)
  assert.deepEqual(dropped, [`${dayAt(1)} traces age ${spanTables}`])
  nowMs += dayMs / 2
  assert.deepEqual(await wait(1000), [], 'half a day is no jump')
})

test('what is left of a drop that failed goes with the next sweep', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 5]) await store(t, engine, daysAgo)
  let isBroken = true
  const breaking: Pick<Engine, 'query'> = {
    query: (sql, parameters) =>
      isBroken && sql.startsWith("ALTER TABLE messages DROP PARTITION '2")
        ? Promise.reject(new Error('the disk is gone'))
        : engine.query(sql, parameters),
  }
  const { sweep } = retain(engine, { tracesMs: dayMs }, { engine: breaking })
  assert.deepEqual(await sweep(), [
    `failed: a drop of ${dayAt(5)} of messages: the disk is gone`,
    `${dayAt(5)} traces age ${spanTables.replace(' messages', '')}`,
  ])
  isBroken = false
  assert.deepEqual(await sweep(), [`${dayAt(5)} traces age messages`])
})

test('a store that cannot be asked is told, and the sweeps go on', async t => {
  const engine = await temporaryStore(t)
  await store(t, engine, 5)
  const failing = { query: () => Promise.reject(new Error('away')) }
  assert.deepEqual(await retain(engine, { tracesMs: dayMs }, { engine: failing }).sweep(), [
    'failed: a look at what is stored: away',
    'failed: the removal of parts that were merged: away',
  ])
})

test('an archive that cannot be brought up to date holds drops back three times, then no longer', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 5]) await store(t, engine, daysAgo)
  const refresh = (which: string) =>
    which === 'all' ? Promise.reject(new Error('too large')) : Promise.resolve()
  const archive = { refresh, seal: async () => undefined }
  const { sweep } = retain(engine, { tracesMs: dayMs }, { archive })
  for (let i = 0; i < 3; i++) assert.deepEqual(await sweep(), ['failed: a copy of pinned traces: too large'])
  assert.deepEqual(await sweep(), [
    'failed: a copy of pinned traces: too large',
    `${dayAt(5)} traces age ${spanTables}`,
  ])
})

test('queries that run while their day is dropped end with all of it or none', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 5]) await store(t, engine, daysAgo, 2000)
  const slow = engine.query<{ readonly spans: string }>(
    'SELECT count() AS spans FROM spans WHERE NOT ignore(sleepEachRow(0.0001)) SETTINGS max_block_size = 500',
  )
  const asked = Array.from({ length: 20 }, () =>
    engine.query<{ readonly spans: string }>("SELECT count(span_id) AS spans FROM spans WHERE name = 'send'"),
  )
  const swept = retain(engine, { tracesMs: dayMs }).sweep()
  for (const [row] of await Promise.all([slow, ...asked]))
    assert.ok(row?.spans === '4000' || row?.spans === '2000', row?.spans)
  assert.equal((await swept).length, 1)
  assert.deepEqual(await services(engine), ['service-0'])
})

test('a dropped day gives its bytes back to the disk, merged-away parts included, and stays gone after a restart', async t => {
  const dataDir = await temporaryFolder(t)
  const engine = await openStore({ dataDir })
  for (const daysAgo of [0, 5, 5, 5, 5]) await store(t, engine, daysAgo, 3000)
  await engine.query(`OPTIMIZE TABLE spans PARTITION '${dayAt(5)}' FINAL`)
  const before = diskUse(join(dataDir, 'store'))
  const { totalBytes } = await readStored(engine)
  await retain(engine, { tracesMs: dayMs, rollupsMs: dayMs }).sweep()
  const after = diskUse(join(dataDir, 'store'))
  const goneBytes = totalBytes - (await readStored(engine)).totalBytes
  assert.ok(goneBytes > totalBytes / 2)
  assert.ok(before - after >= goneBytes, `${goneBytes} bytes dropped, ${before} before, ${after} after`)
  await engine.close()

  const again = await openStore({ dataDir })
  t.after(() => again.close())
  assert.deepEqual(await services(again), ['service-0'])
  assert.deepEqual(await retain(again, { tracesMs: dayMs }).sweep(), [])
})

test('parts that merges have replaced leave the disk with the next sweep, and at the end', async t => {
  const engine = await temporaryStore(t)
  const replaced = async (): Promise<readonly unknown[]> =>
    engine.query(
      "SELECT name FROM system.parts WHERE database = currentDatabase() AND table = 'spans' AND NOT active",
    )
  const { retention, sweep } = retain(engine, {})
  for (const end of [sweep, () => retention.close()]) {
    for (let i = 0; i < 3; i++) await store(t, engine, 0, 500)
    await engine.query('OPTIMIZE TABLE spans FINAL')
    await end()
    assert.deepEqual(await replaced(), [])
  }
  // The disk has what took their place: a machine that stops now must not lose what was stored long ago.
  const [setting] = await engine.query(
    "SELECT value FROM system.merge_tree_settings WHERE name = 'min_rows_to_fsync_after_merge'",
  )
  assert.deepEqual(setting, { value: '1' })
})

test('a segment that is loaded again after a sweep stands once', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const segments = await Promise.all(
    [0, 1, 2].map(i => {
      const body = encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span(today, i)] }] }] })
      return writeSegment(folder, `${String(today).padStart(14, '0')}-again-${i}`, body)
    }),
  )
  for (const segment of segments) await engine.load(segment)
  await engine.query('OPTIMIZE TABLE spans FINAL')
  await retain(engine, { tracesMs: dayMs }).sweep()
  for (const segment of segments) await engine.load(segment)
  assert.deepEqual(await engine.query('SELECT count() AS spans FROM spans'), [{ spans: '3' }])
})

test('once closed it does nothing more', async t => {
  const engine = await temporaryStore(t)
  for (const daysAgo of [0, 5]) await store(t, engine, daysAgo)
  const { retention, sweep } = retain(engine, { tracesMs: dayMs })
  retention.start()
  await retention.close()
  assert.deepEqual(await sweep(), [])
})
