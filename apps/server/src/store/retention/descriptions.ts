import type { Engine } from '../engine.ts'

/**
 * Deletes resources and scopes that no span names any more. They have no day: a process that runs for a month
 * sends the same ones all along. Only those are looked at that were last sent before the oldest day that is
 * kept began, since what arrives now may be in the one table before it is in the other; clients with wild
 * clocks are why this alone does not decide. Pinned traces have copies of their own.
 *
 * @param oldestDay in UTC: `2026-11-21`.
 */
export async function expireDescriptions(engine: Pick<Engine, 'query'>, oldestDay: string): Promise<void> {
  for (const [table, column] of [
    ['resources', 'resource'],
    ['scopes', 'scope'],
  ] as const) {
    const unused = `last_seen < toDateTime64({oldestDay:Date}, 9, 'UTC') AND id NOT IN (SELECT ${column} FROM spans)`
    const [row] = await engine.query(`SELECT 1 FROM ${table} WHERE ${unused} LIMIT 1`, { oldestDay })
    if (row !== undefined)
      await engine.query(`ALTER TABLE ${table} DELETE WHERE ${unused} SETTINGS mutations_sync = 1`, {
        oldestDay,
      })
  }
}
