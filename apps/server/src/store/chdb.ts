import type { Session } from 'chdb'
import { Session as ChdbSession, drainPending } from 'chdb'
import { readError } from './chdb-error.ts'
import type { Engine, Parameters, Segment } from './engine.ts'
import { loadStatement, segmentFile } from './load-statement.ts'
import { createSessionPool } from './session-pool.ts'

/** What an embedded engine may use. */
export interface ChdbLimits {
  /** Memory of the engine in bytes, shared between queries and loads. */
  readonly memoryBytes: number
  /** Queries under way at once; others wait their turn. */
  readonly concurrentQueries: number
  /** Longest time one query may take, in seconds. */
  readonly querySeconds: number
}

export const defaultChdbLimits: ChdbLimits = {
  memoryBytes: 1_500_000_000,
  concurrentQueries: 4,
  querySeconds: 30,
}

/** The database all of Waybill's tables are in. */
const database = 'waybill'

/**
 * ClickHouse in this process (`chdb`). A session runs one statement at a time, several sessions on one folder
 * run beside each other: loads have one of their own, so that no query waits for a segment.
 *
 * @param folder the data folder; one process at a time may open it.
 */
export async function openChdb(folder: string, limits: ChdbLimits = defaultChdbLimits): Promise<Engine> {
  const loads = await openSession(folder, [`SET max_threads = 1`])
  const queryMemory = Math.floor((limits.memoryBytes * 0.6) / limits.concurrentQueries)
  const settings = [
    `SET max_memory_usage = ${queryMemory}`,
    `SET max_execution_time = ${limits.querySeconds}`,
    'SET output_format_json_quote_64bit_integers = 1',
    'SET output_format_json_quote_denormals = 1',
    "SET date_time_output_format = 'iso'",
  ]
  const pool = createSessionPool(
    await Promise.all(Array.from({ length: limits.concurrentQueries }, () => openSession(folder, settings))),
  )
  const loadMemory = Math.floor(limits.memoryBytes * 0.4)
  let lastLoad: Promise<void> = Promise.resolve()

  return {
    query: async <Row>(sql: string, parameters: Parameters = {}): Promise<readonly Row[]> =>
      pool.use(async session => {
        try {
          const result = await session.queryBindAsync(sql, parameters, { format: 'JSONEachRow' })
          return parseRows<Row>(result.text())
        } catch (error) {
          throw readError(error)
        }
      }),

    async *stream<Row>(sql: string, parameters: Parameters = {}): AsyncIterable<Row> {
      const lease = await pool.take()
      try {
        yield* lease.session.queryStreamBind(sql, parameters, { format: 'JSONEachRow' }).rows<Row>()
      } catch (error) {
        throw readError(error)
      } finally {
        lease.giveBack()
      }
    },

    load: (segment: Segment): Promise<void> => {
      const load = lastLoad.then(async () => {
        try {
          await loads.queryAsync(loadStatement(segmentFile(segment.path), segment.token, loadMemory))
        } catch (error) {
          throw readError(error)
        }
      })
      lastLoad = load.catch(() => {})
      return load
    },

    close: async (): Promise<void> => {
      await lastLoad
      for (const session of [loads, ...(await pool.drain())]) session.close()
      await drainPending()
    },
  }
}

async function openSession(folder: string, statements: readonly string[]): Promise<Session> {
  const session = new ChdbSession(folder)
  for (const statement of [`CREATE DATABASE IF NOT EXISTS ${database}`, `USE ${database}`, ...statements])
    await session.queryAsync(statement)
  return session
}

function parseRows<Row>(text: string): readonly Row[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map(line => JSON.parse(line) as Row)
}
