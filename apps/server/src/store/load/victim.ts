import { join } from 'node:path'
import { openStore } from '../open.ts'
import { receivedAt } from './samples.ts'

/*
 * Run by load/once.it.ts: opens the store in argv[2], says how many rows each table has, loads the segment of
 * argv[3] with the number argv[4], and kills itself as soon as so many tables as argv[5] says have grown.
 */
const [, , dataDir = '', folder = '', number = '0', tables = '0'] = process.argv
const engine = await openStore({ dataDir })

async function rowsOfTables(): Promise<ReadonlyMap<string, number>> {
  const rows = await engine.query<{ readonly table: string; readonly rows: string }>(
    'SELECT table, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table',
  )
  return new Map(rows.map(row => [row.table, Number(row.rows)]))
}

const before = await rowsOfTables()
process.stdout.write(`${JSON.stringify(Object.fromEntries(before))}\n`)
const token = `${receivedAt}-${number}`
let loaded = false
const loading = engine.load({ path: join(folder, `${token}.segment`), token, bytes: 0, spans: 0 })
loading.finally(() => {
  loaded = true
})
for (let grown = 0; grown < Number(tables) && !loaded; ) {
  const now = await rowsOfTables()
  grown = [...now].filter(([table, rows]) => rows > (before.get(table) ?? 0)).length
}
process.kill(process.pid, 'SIGKILL')
