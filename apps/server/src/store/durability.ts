import type { Engine } from './engine.ts'

/**
 * Has the engine bring what it inserts to the disk before a load ends (`true`), or leave that to the operating
 * system (`false`, ClickHouse's default). The spool removes a segment once it is loaded, so where it promises
 * the disk, the store must keep the promise. The setting is a table's, and stays with it.
 */
export async function setFsync(engine: Pick<Engine, 'query'>, fsync: boolean): Promise<void> {
  const tables = await engine.query<{ readonly name: string; readonly fsync: number }>(
    `SELECT name, position(create_table_query, 'fsync_after_insert = 1') > 0 AS fsync
FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
  )
  const change = fsync
    ? 'MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1'
    : 'RESET SETTING fsync_after_insert, fsync_part_directory'
  for (const table of tables)
    if (Boolean(table.fsync) !== fsync) await engine.query(`ALTER TABLE ${table.name} ${change}`)
}
