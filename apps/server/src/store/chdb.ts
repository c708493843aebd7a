import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Session } from 'chdb'
import { Session as ChdbSession, drainPending } from 'chdb'
import type { ChdbLimits } from './chdb-config.ts'
import { defaultChdbLimits, loadMemoryBytes, queryMemoryBytes, writeChdbConfig } from './chdb-config.ts'
import { readError } from './chdb-error.ts'
import { delimitSegment } from './delimit.ts'
import type { Engine, Parameters, Segment } from './engine.ts'
import { loadStatement, segmentFile } from './load-statement.ts'
import { setParameters } from './parameters.ts'
import { createSessionPool } from './session-pool.ts'

/** The database all of Waybill's tables are in. */
const database = 'waybill'
/** Where segments lie in the form the engine reads, for the time of their load. */
const copiesFolder = 'loading'

/**
 * ClickHouse in this process (`chdb`). A session runs one statement at a time, several sessions on one folder
 * run beside each other: loads have one of their own, so that no query waits for a segment.
 *
 * @param folder the data folder; one process at a time may open it.
 */
export async function openChdb(folder: string, limits: ChdbLimits = defaultChdbLimits): Promise<Engine> {
  const open = sessionOpener(folder, writeChdbConfig(folder, limits))
  const copies = join(folder, copiesFolder)
  await emptyFolder(copies)
  const loads = await open(['SET max_threads = 1', 'SET os_threads_nice_value_query = 5'])
  const settings = [
    `SET max_memory_usage = ${queryMemoryBytes(limits)}`,
    `SET max_execution_time = ${limits.querySeconds}`,
    'SET output_format_json_quote_64bit_integers = 1',
    'SET output_format_json_quote_denormals = 1',
    "SET date_time_output_format = 'iso'",
  ]
  const pool = createSessionPool(
    await Promise.all(Array.from({ length: limits.concurrentQueries }, () => open(settings))),
  )
  let lastLoad: Promise<void> = Promise.resolve()

  const load = async (segment: Segment): Promise<void> => {
    const copy = join(copies, segment.token)
    try {
      await delimitSegment(segment.path, copy)
      await loads.queryAsync(loadStatement(segmentFile(copy), segment.token, loadMemoryBytes(limits)))
    } catch (error) {
      throw readError(error)
    } finally {
      await rm(copy, { force: true })
    }
  }

  return {
    query: async <Row>(sql: string, parameters: Parameters = {}): Promise<readonly Row[]> =>
      pool.use(async session => {
        try {
          await bind(session, parameters)
          const result = await session.queryAsync(sql, { format: 'JSONEachRow' })
          return parseRows<Row>(result.text())
        } catch (error) {
          throw readError(error)
        }
      }),

    async *stream<Row>(sql: string, parameters: Parameters = {}): AsyncIterable<Row> {
      const lease = await pool.take()
      try {
        await bind(lease.session, parameters)
        yield* lease.session.queryStream(sql, { format: 'JSONEachRow' }).rows<Row>()
      } catch (error) {
        throw readError(error)
      } finally {
        lease.giveBack()
      }
    },

    load: (segment: Segment): Promise<void> => {
      const loading = lastLoad.then(() => load(segment))
      lastLoad = loading.catch(() => {})
      return loading
    },

    close: async (): Promise<void> => {
      await lastLoad
      for (const session of [loads, ...(await pool.drain())]) session.close()
      await drainPending()
    },
  }
}

/** The engine's own bound calls run one at a time in the whole process; a session's settings are its own. */
async function bind(session: Session, parameters: Parameters): Promise<void> {
  const statement = setParameters(parameters)
  if (statement !== undefined) await session.queryAsync(statement)
}

function sessionOpener(
  folder: string,
  connectionArgs: readonly string[],
): (statements: readonly string[]) => Promise<Session> {
  return async statements => {
    const session = new ChdbSession(folder, { connectionArgs })
    for (const statement of [`CREATE DATABASE IF NOT EXISTS ${database}`, `USE ${database}`, ...statements])
      await session.queryAsync(statement)
    return session
  }
}

/** Copies that a crash left behind are of no use: their segments are still in the spool. */
async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(folder)) await rm(join(folder, name), { force: true })
}

function parseRows<Row>(text: string): readonly Row[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map(line => JSON.parse(line) as Row)
}
