import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from './engine.ts'

interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

const schemaFolder = join(import.meta.dirname, 'schema')

/**
 * Brings the store's schema up to date: runs every file of `schema/` that the store has not recorded, in the
 * order of their numbers, each one statement. They are recorded after they have run, so each is one that may be
 * run again. Files are never changed once released, only added.
 *
 * @throws Error where the store was written by a newer Waybill.
 */
export async function migrate(engine: Pick<Engine, 'query'>, migrations = readMigrations()): Promise<void> {
  await engine.query(
    'CREATE TABLE IF NOT EXISTS migrations (number UInt32, name String, applied DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY number',
  )
  const rows = await engine.query<{ readonly number: number }>(
    'SELECT number FROM migrations ORDER BY number',
  )
  const applied = new Set(rows.map(row => row.number))
  const newest = migrations.at(-1)?.number ?? 0
  const unknown = [...applied].find(number => number > newest)
  if (unknown !== undefined)
    throw new Error(
      `the data folder was written by a newer Waybill: its schema is at ${unknown}, ours at ${newest}`,
    )
  const run: Migration[] = []
  try {
    for (const migration of migrations) {
      if (applied.has(migration.number)) continue
      await engine.query(migration.sql)
      run.push(migration)
    }
  } finally {
    await record(engine, run)
  }
}

/** All at once: a record of its own for each would take as long as the migrations of a new store. */
async function record(engine: Pick<Engine, 'query'>, run: readonly Migration[]): Promise<void> {
  if (run.length === 0) return
  await engine.query(
    `INSERT INTO migrations (number, name)
SELECT number, name FROM (SELECT {numbers:Array(UInt32)} AS number, {names:Array(String)} AS name) ARRAY JOIN number, name`,
    { numbers: run.map(({ number }) => number), names: run.map(({ name }) => name) },
  )
}

/** The files of `schema/`: `0001_what_it_does.sql`, one statement each. */
export function readMigrations(folder: string = schemaFolder): readonly Migration[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => ({
      number: Number(file.slice(0, 4)),
      name: file.slice(5, -'.sql'.length),
      sql: readFileSync(join(folder, file), 'utf8'),
    }))
}
