import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, readMigrations } from './migrate.ts'
import { openStore } from './open.ts'
import { temporaryFolder, temporaryStore } from './temporary-store.ts'

const newestOf = (migrations: ReturnType<typeof readMigrations>): number => migrations.at(-1)?.number ?? 0

test('the files are numbered upwards, each one statement with a name that says what it does', () => {
  const migrations = readMigrations()
  const numbers = migrations.map(({ number }) => number)
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
  )
  for (const { name, sql } of migrations) {
    assert.match(name, /^[a-z]+(_[a-z]+)+$/)
    const code = sql.replace(/--.*$/gm, '').trim()
    assert.match(
      code,
      /^((CREATE|ALTER) .*IF NOT EXISTS|CREATE OR REPLACE TABLE|ALTER TABLE \w+ MODIFY SETTING)/,
      `${name} cannot be run twice`,
    )
    assert.doesNotMatch(code, /;/, `${name} has more than one statement`)
  }
})

test('a new store has every migration, and one that is opened again runs none', async t => {
  const dataDir = await temporaryFolder(t)
  const recorded = async () => {
    const engine = await openStore({ dataDir })
    const rows = await engine.query('SELECT number, name, applied FROM migrations ORDER BY number')
    await engine.close()
    return rows as readonly { readonly number: number; readonly name: string }[]
  }
  const first = await recorded()
  assert.deepEqual(
    first.map(({ number, name }) => ({ number, name })),
    readMigrations().map(({ number, name }) => ({ number, name })),
  )
  assert.deepEqual(await recorded(), first)
})

test('a store of an older version gets what it lacks, one statement after the other', async t => {
  const engine = await temporaryStore(t)
  const add = (number: number, name: string, sql: string) => ({ number, name, sql })
  const older = readMigrations()
  const next = newestOf(older) + 1
  const create = add(next, 'create_later', 'CREATE TABLE later (a UInt8) ENGINE = MergeTree ORDER BY a')
  const alter = add(next + 1, 'alter_later', 'ALTER TABLE later ADD COLUMN b UInt8')
  await migrate(engine, [...older, create])
  await migrate(engine, [...older, create, alter])
  await engine.query('INSERT INTO later (a, b) SELECT 1, 2')
  assert.deepEqual(await engine.query('SELECT a, b FROM later'), [{ a: 1, b: 2 }])
})

test('a migration that fails is tried again at the next start, those before it are not', async t => {
  const engine = await temporaryStore(t)
  const older = readMigrations()
  const next = newestOf(older) + 1
  const good = {
    number: next,
    name: 'good',
    sql: 'CREATE TABLE good (a UInt8) ENGINE = MergeTree ORDER BY a',
  }
  const failing = { number: next + 1, name: 'failing', sql: 'CREATE TABLE failing (a Nothing' }
  await assert.rejects(migrate(engine, [...older, good, failing]))
  await migrate(engine, [...older, good, { ...failing, sql: good.sql.replace('good', 'failing') }])
  assert.deepEqual(await engine.query('SELECT a FROM failing'), [])
})

test('a migration of which a kill prevented the record does not stop the next start', async t => {
  const engine = await temporaryStore(t)
  await engine.query('TRUNCATE TABLE migrations')
  await migrate(engine)
  const [row] = await engine.query<{ readonly number: number }>(
    'SELECT max(number) AS number FROM migrations',
  )
  assert.equal(row?.number, newestOf(readMigrations()))
})

test('a store that a newer version has written is refused', async t => {
  const engine = await temporaryStore(t)
  const ours = readMigrations()
  await assert.rejects(
    migrate(engine, ours.slice(0, -1)),
    new RegExp(
      `written by a newer Waybill: its schema is at ${newestOf(ours)}, ours at ${newestOf(ours.slice(0, -1))}`,
    ),
  )
})
