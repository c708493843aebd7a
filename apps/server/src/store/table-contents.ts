import type { Reader } from './engine.ts'

/** Columns that merges in another order may leave in another form; a full sample may hold other values, too. */
const sameInAnyOrder: Readonly<Record<string, string>> = {
  traces: 'arraySort(services) AS services',
  attribute_keys:
    'if(spans < 200, arraySort(finalizeAggregation(sampled)), [toString(length(finalizeAggregation(sampled)))]) AS sampled',
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
