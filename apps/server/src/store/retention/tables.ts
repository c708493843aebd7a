import type { Engine } from '../engine.ts'
import type { Piece, RetentionGroup } from './plan.ts'
import { dayOf } from './plan.ts'

/**
 * Tables that retention drops days of, in the order in which a day leaves them: first what leads to spans. All
 * are partitioned by day, with one partition, 1970-01-01, for spans whose starts are not near the time of
 * their receipt.
 */
export const retentionTables: Readonly<Record<string, RetentionGroup>> = {
  operations: 'traces',
  attribute_keys: 'traces',
  traces: 'traces',
  links: 'traces',
  messages: 'traces',
  spans: 'traces',
  operation_minutes: 'rollups',
}

/** The partition of spans that have no day of their own. */
export const undatedDay = '1970-01-01'

interface PartRow {
  readonly table: string
  readonly name: string
  readonly partition: string
  readonly bytes: string
  readonly rows: string
  readonly modifiedSeconds: string
}

/** What the store holds on the disk. */
export interface Stored {
  readonly pieces: readonly Piece[]
  /** Of all tables; parts that merges have replaced and that are about to go do not count. */
  readonly totalBytes: number
}

/** Reads what there is to drop, and how large it is, from the engine's list of parts. */
export async function readStored(engine: Pick<Engine, 'query'>): Promise<Stored> {
  const rows = await engine.query<PartRow>(
    `SELECT table, name, partition, bytes_on_disk AS bytes, rows, toUnixTimestamp(modification_time) AS modifiedSeconds
FROM system.parts
WHERE database = currentDatabase() AND active
ORDER BY table, name`,
  )
  const pieces = new Map<string, Piece>()
  for (const row of rows) {
    const group = retentionTables[row.table]
    if (group === undefined) continue
    const piece = pieceOf(row, group)
    const key = `${piece.table} ${piece.part ?? piece.day}`
    const before = pieces.get(key)
    pieces.set(key, {
      ...piece,
      bytes: piece.bytes + (before?.bytes ?? 0),
      rows: piece.rows + (before?.rows ?? 0),
    })
  }
  return {
    pieces: inDropOrder([...pieces.values()]),
    totalBytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  }
}

function pieceOf(
  { table, name, partition, bytes, rows, modifiedSeconds }: PartRow,
  group: RetentionGroup,
): Piece {
  const size = { bytes: Number(bytes), rows: Number(rows) }
  if (partition !== undatedDay) return { table, group, day: partition, ...size }
  return { table, group, day: dayOf(Number(modifiedSeconds) * 1000), part: name, ...size }
}

function inDropOrder(pieces: readonly Piece[]): readonly Piece[] {
  const order = Object.keys(retentionTables)
  return [...pieces].sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table))
}

/**
 * Drops a piece. Queries that read it go on with what they have; the disk has the bytes back once they end.
 *
 * @throws Error where a merge has just replaced the part; it is in another piece then.
 */
export async function dropPiece(engine: Pick<Engine, 'query'>, { table, day, part }: Piece): Promise<void> {
  const what = part === undefined ? `PARTITION '${day}'` : `PART '${part}'`
  // The engine refuses partitions over 50 GB otherwise, and would stop at a query's time limit.
  await engine.query(
    `ALTER TABLE ${table} DROP ${what} SETTINGS max_partition_size_to_drop = 0, max_execution_time = 3600`,
  )
}

/**
 * Has the engine remove the parts that merges have replaced. It does so by itself when it is at rest; under
 * load it does not get to it, and they stay. Dropping anything, even a partition that is not there, includes
 * this.
 */
export async function removeReplacedParts(engine: Pick<Engine, 'query'>): Promise<void> {
  const tables = await engine.query<{ readonly table: string }>(
    'SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND NOT active',
  )
  for (const { table } of tables) await engine.query(`ALTER TABLE ${table} DROP PARTITION ID 'none'`)
}
