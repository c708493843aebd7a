import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

/** The name of a part on the disk and in the log: partition, first and last block, level, mutation. */
const partName = /^([^_]+)_(\d+)_(\d+)_(\d+)(_\d+)?$/

interface BlockRange {
  readonly partition: string
  readonly first: number
  readonly last: number
}

/**
 * Takes back what the engine's deduplication logs say of parts that are not there. The engine records the
 * blocks of an insert before it moves their part into place; killed between the two it would skip those rows
 * when the segment is loaded again. To be called before the engine opens the folder.
 *
 * Grammar of a log: { operation TAB part TAB block LF }, operation 1 for an added block, 2 for a dropped one
 * (ClickHouse, MergeTreeDeduplicationLog). The files' numbers count up, records are added to the last.
 *
 * @returns how many records were taken back.
 */
export function repairDeduplicationLogs(folder: string): number {
  const tables = join(folder, 'store')
  if (!existsSync(tables)) return 0
  let repaired = 0
  for (const prefix of readdirSync(tables))
    for (const table of readdirSync(join(tables, prefix)))
      repaired += repairTable(join(tables, prefix, table))
  return repaired
}

function repairTable(table: string): number {
  const folder = join(table, 'deduplication_logs')
  if (!existsSync(folder)) return 0
  const logs = readdirSync(folder)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map(file => join(folder, file))
  const last = logs.at(-1)
  if (last === undefined) return 0
  cutTornRecord(last)
  const present = readdirSync(table).flatMap(name => blocksOf(name) ?? [])
  const orphans = [...recordedBlocks(logs)].filter(([, part]) => !isCovered(part, present))
  if (orphans.length > 0)
    appendFileSync(last, orphans.map(([block, part]) => `2\t${part}\t${block}\n`).join(''))
  return orphans.length
}

function numberOf(log: string): number {
  return Number(/\d+/.exec(log)?.[0] ?? 0)
}

/** A record that was cut short would spoil the next one. */
function cutTornRecord(log: string): void {
  const bytes = readFileSync(log)
  const end = bytes.lastIndexOf('\n') + 1
  if (end < bytes.length) truncateSync(log, end)
}

/** Blocks that the logs hold, with the names of the parts that they became. */
function recordedBlocks(logs: readonly string[]): ReadonlyMap<string, string> {
  const blocks = new Map<string, string>()
  for (const log of logs)
    for (const line of readFileSync(log, 'utf8').split('\n')) {
      const [operation, part, block] = line.split('\t')
      if (part === undefined || block === undefined) continue
      if (operation === '1') blocks.set(block, part)
      else blocks.delete(block)
    }
  return blocks
}

/** Merged parts cover the blocks of those they were made of. */
function isCovered(part: string, present: readonly BlockRange[]): boolean {
  const blocks = blocksOf(part)
  return (
    blocks === undefined ||
    present.some(
      ({ partition, first, last }) =>
        partition === blocks.partition && first <= blocks.first && blocks.last <= last,
    )
  )
}

function blocksOf(name: string): BlockRange | undefined {
  const [, partition = '', first, last] = partName.exec(name) ?? []
  return first === undefined ? undefined : { partition, first: Number(first), last: Number(last) }
}
