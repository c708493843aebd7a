import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Session } from 'chdb'
import { Session as ChdbSession, drainPending } from 'chdb'
import type { Engine, Parameters, Segment } from '../engine.ts'
import { loadStatement, segmentFile } from '../load/statement.ts'
import type { ChdbLimits } from './config.ts'
import { defaultChdbLimits, loadMemoryBytes, queryMemoryBytes, writeChdbConfig } from './config.ts'
import { repairDeduplicationLogs } from './deduplication-log.ts'
import { delimitSegment } from './delimit.ts'
import { readError, readLoadError, tookTooLong } from './error.ts'
import { setParameters } from './parameters.ts'
import type { SessionPool } from './session-pool.ts'
import { createSessionPool } from './session-pool.ts'

/** The database all of Waybill's tables are in. */
const database = 'waybill'
/** Where segments lie in the form the engine reads, for the time of their load. */
const copiesFolder = 'loading'

/**
 * ClickHouse in this process (`chdb`). A session runs one statement at a time, several sessions on one folder
 * run beside each other: loads have their own, so that no query waits for a segment.
 *
 * @param folder the data folder; one process at a time may open it.
 */
export async function openChdb(folder: string, limits: ChdbLimits = defaultChdbLimits): Promise<Engine> {
  const open = sessionOpener(folder, writeChdbConfig(folder, limits))
  const copies = join(folder, copiesFolder)
  await emptyFolder(copies)
  repairDeduplicationLogs(folder)
  // The engine stops with its last session, and the others come and go.
  const first = await open([])
  const loads = createSessionPool(
    () => open(['SET max_threads = 1', 'SET os_threads_nice_value_query = 5']),
    limits.concurrentLoads,
  )
  const settings = [
    `SET max_memory_usage = ${queryMemoryBytes(limits)}`,
    `SET max_execution_time = ${limits.querySeconds}`,
    'SET output_format_json_quote_64bit_integers = 1',
    'SET output_format_json_quote_denormals = 1',
    "SET date_time_output_format = 'iso'",
    'SET output_format_parallel_formatting = 0, optimize_use_projections = 0, optimize_use_implicit_projections = 0',
  ]
  const queries = createSessionPool(() => open(settings), limits.concurrentQueries)

  return {
    query: <Row>(sql: string, parameters: Parameters = {}): Promise<readonly Row[]> =>
      runWith(queries, readError, async session => {
        await bind(session, sql, parameters)
        const inTime = deadline(sql, limits)
        const result = await session.queryAsync(sql, { format: 'JSONEachRow' })
        inTime()
        return parseRows<Row>(result.text())
      }),

    async *stream<Row>(sql: string, parameters: Parameters = {}): AsyncIterable<Row> {
      const lease = await queries.take()
      let isDone = false
      try {
        await bind(lease.session, sql, parameters)
        const inTime = deadline(sql, limits)
        for await (const chunk of lease.session.queryStream(sql, { format: 'JSONEachRow' }))
          yield* chunk.rows<Row>()
        inTime()
        isDone = true
      } catch (error) {
        throw readError(error)
      } finally {
        if (isDone) lease.giveBack()
        else lease.discard()
      }
    },

    load: (segment: Segment): Promise<void> =>
      runWith(loads, readLoadError, async session => {
        const copy = join(copies, segment.token)
        try {
          await delimitSegment(segment.path, copy)
          await session.queryAsync(loadStatement(segmentFile(copy), segment.token, loadMemoryBytes(limits)))
        } finally {
          await rm(copy, { force: true })
        }
      }),

    close: async (): Promise<void> => {
      await Promise.all([loads.drain(), queries.drain()])
      first.close()
      await drainPending()
    },
  }
}

/**
 * Runs with a session of the pool. One in which a statement failed is not used again: what the statement had
 * put out until then would come before the rows of the next one.
 */
async function runWith<Result>(
  pool: SessionPool,
  explain: (error: unknown) => Error,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const lease = await pool.take()
  try {
    const result = await work(lease.session)
    lease.giveBack()
    return result
  } catch (error) {
    lease.discard()
    throw explain(error)
  }
}

/**
 * The engine ends some statements that reach their time limit as if they had no more rows, instead of with an
 * error; the clock tells.
 *
 * @returns a check for the statement's end, which throws WaybillError QUERY_TOO_LARGE.
 */
function deadline(sql: string, limits: ChdbLimits): () => void {
  const seconds = Number(/\bmax_execution_time = ([\d.]+)/.exec(sql)?.[1] ?? limits.querySeconds)
  const endMs = performance.now() + seconds * 1000
  return () => {
    if (performance.now() >= endMs) throw tookTooLong()
  }
}

/** The engine's own bound calls run one at a time in the whole process; a session's settings are its own. */
async function bind(session: Session, sql: string, parameters: Parameters): Promise<void> {
  const statement = setParameters(sql, parameters)
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

/** Rows parsed at a time, a few milliseconds' worth; in between others get their turn. */
const rowsAtATime = 500

async function parseRows<Row>(text: string): Promise<readonly Row[]> {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const rows: Row[] = []
  for (const line of lines) {
    if (rows.length > 0 && rows.length % rowsAtATime === 0) await nextTurn()
    rows.push(JSON.parse(line) as Row)
  }
  return rows
}
