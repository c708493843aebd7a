import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../accept/accept.ts'
import type { Logger } from '../../log.ts'
import type { SpanRecord } from './record.ts'

/** Where records go that can never be taken. */
export interface RecordQuarantine {
  /** @throws the error of the disk, so that the record is not taken for done with. */
  put(record: SpanRecord, reason: unknown): Promise<void>
}

/** A topic of something else than spans would fill the disk; Kafka keeps its records anyway. */
const mostRecords = 1_000

/**
 * Writes records to `folder`, each under its topic, partition and offset, with the reason in a file beside it.
 * After {@link mostRecords} of them they are counted only.
 */
export function recordQuarantine(folder: string, log: Logger): RecordQuarantine {
  let records = 0
  return {
    async put({ topic, partition, offset, value }, reason) {
      if (records > mostRecords) return
      records++
      if (records > mostRecords)
        return log.warn(
          { folder },
          `${mostRecords} records are in quarantine; those that follow are only counted`,
        )
      await mkdir(folder, { recursive: true })
      // A topic's name has letters, digits, `.`, `_` and `-` (Kafka, Topic.validate), and so is safe in a path.
      const path = join(folder, `kafka-${topic}-${partition}-${offset}`)
      await writeFile(`${path}.record`, value ?? '')
      const message = reason instanceof Error ? reason.message : String(reason)
      await writeFile(`${path}.reason`, `${reasonOf(reason)}: ${message}\n`)
    },
  }
}
