import type { Reader } from './engine.ts'

/**
 * Columns that merges in another order may leave in another form. Of frequent values the rare ones are left out:
 * which of them a sketch keeps depends on the order, too.
 */
const sameInAnyOrder: Readonly<Record<string, string>> = {
  traces: 'arraySort(services) AS services',
  attribute_keys:
    'arraySort(arrayFilter(one -> one.count - one.error > 9, finalizeAggregation(frequent))) AS frequent',
}

/**
 * What every table of the store holds, for tests: its rows, merged as they will be, and a sum of hashes over
 * all of their columns, which changes when a row is missing, stands twice or is another.
 */
export async function tableContents(reader: Reader): Promise<Readonly<Record<string, string>>> {
  const tables = await reader.query<{ readonly name: string }>(
    `SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'migrations'
ORDER BY name`,
  )
  const contents: Record<string, string> = {}
  for (const { name } of tables) {
    const replaced = sameInAnyOrder[name]
    const columns = replaced === undefined ? '*' : `* REPLACE (${replaced})`
    const [row] = await reader.query<{ readonly rows: string; readonly hash: string }>(
      `SELECT count() AS rows, sum(sipHash64(formatRow('RowBinary', ${columns}))) AS hash FROM ${name} SETTINGS final = 1`,
    )
    contents[name] = `${row?.rows} rows, ${row?.hash}`
  }
  return contents
}
