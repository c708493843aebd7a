import type { PinnedTrace } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import type { Engine, Reader } from '../engine.ts'
import { copyTrace } from './copy.ts'
import { archiveReader } from './reader.ts'

/** Pinned traces: copies of them that retention does not touch. */
export interface Archive {
  /**
   * Keeps a trace for ever. Pinned again, it stays pinned since the first time and gets what has arrived since.
   *
   * @returns undefined where nothing of the trace is stored.
   */
  pin(traceId: string): Promise<PinnedTrace | undefined>
  /** Lets a trace go the way of all others; nothing happens where it is not pinned. */
  unpin(traceId: string): Promise<void>
  /** Every pinned trace, the last pinned first. */
  list(): Promise<readonly PinnedTrace[]>
  /**
   * Copies what has arrived of pinned traces since they were copied last: of all of them, with the spans beside
   * them, or of those that are read from the archive, where a copy of them is missing.
   */
  refresh(which: 'all' | 'sealed'): Promise<void>
  /** Has pinned traces that show something of these days (1970-01-01: spans without one) be read from the archive. */
  seal(days: readonly string[]): Promise<void>
  /** Where questions about a trace find all of it: the store, or the archive once days have been dropped. */
  readerOf(traceId: string): Reader
}

const archiveTables = [
  'archived_spans',
  'archived_messages',
  'archived_resources',
  'archived_scopes',
] as const

/**
 * Opens the archive of a store. What is left in it of traces that are no longer pinned goes with the first
 * refresh.
 *
 * @param now milliseconds since 1970.
 */
export async function openArchive(engine: Engine, now: () => number = Date.now): Promise<Archive> {
  const pins = await engine.query<{ readonly trace: string; readonly sealed: number }>(
    'SELECT lower(hex(trace_id)) AS trace, sealed FROM pins FINAL',
  )
  const pinned = new Set(pins.map(({ trace }) => trace))
  const sealed = new Set(pins.filter(pin => pin.sealed === 1).map(({ trace }) => trace))
  /** Spans that the store had of a trace when it was copied last. */
  const copiedSpans = new Map<string, string>()
  const inTurn = makeQueue()

  const remove = async (condition: string, parameters = {}): Promise<void> => {
    for (const table of archiveTables) {
      const [row] = await engine.query(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`, parameters)
      if (row !== undefined) await engine.query(`DELETE FROM ${table} WHERE ${condition}`, parameters)
    }
  }
  const record = (traceId: string, isSealed: boolean): Promise<unknown> =>
    engine.query(
      `INSERT INTO pins (trace_id, pinned, sealed)
SELECT unhex({trace:String}), fromUnixTimestamp64Milli({now:Int64}, 'UTC'), {sealed:UInt8}`,
      { trace: traceId, now: now(), sealed: isSealed ? 1 : 0 },
    )

  let isTidy = false
  /** Removes what an unpin that was cut short has left. */
  const tidy = async (): Promise<void> => {
    if (!isTidy) await remove('pin NOT IN (SELECT trace_id FROM pins)')
    isTidy = true
  }

  return {
    pin: traceId =>
      inTurn(async () => {
        const isNew = !pinned.has(traceId)
        if (isNew && (await countStored(engine, new Set([traceId]))).length === 0) return undefined
        // The record first: whatever stops the copy, the next refresh takes it up again.
        if (isNew) await record(traceId, false)
        pinned.add(traceId)
        await copyTrace(engine, traceId)
        const [trace] = await readPinned(engine, 'pin = unhex({trace:String})', { trace: traceId })
        return trace
      }),

    unpin: traceId =>
      inTurn(async () => {
        if (!pinned.has(traceId)) return
        await engine.query('DELETE FROM pins WHERE trace_id = unhex({trace:String})', { trace: traceId })
        pinned.delete(traceId)
        sealed.delete(traceId)
        copiedSpans.delete(traceId)
        await remove('pin = unhex({trace:String})', { trace: traceId })
      }),

    list: () => (pinned.size === 0 ? Promise.resolve([]) : readPinned(engine, '1', {})),

    refresh: which =>
      inTurn(async () => {
        await tidy()
        for (const { trace, spans } of await countStored(engine, which === 'all' ? pinned : sealed)) {
          if (which === 'sealed' && copiedSpans.get(trace) === spans) continue
          await copyTrace(engine, trace)
          copiedSpans.set(trace, spans)
        }
      }),

    seal: days =>
      inTurn(async () => {
        if (pinned.size === 0) return
        const rows = await engine.query<{ readonly trace: string }>(
          `SELECT DISTINCT lower(hex(pin)) AS trace
FROM archived_spans
WHERE if(dated, toDate(start), toDate(0)) IN (SELECT toDate(arrayJoin({days:Array(String)})))`,
          { days },
        )
        for (const { trace } of rows) {
          // The number is about to fall, and may come to where it was by what arrives later.
          copiedSpans.delete(trace)
          if (sealed.has(trace)) continue
          await record(trace, true)
          sealed.add(trace)
        }
      }),

    readerOf: traceId => (sealed.has(traceId) ? archiveReader(engine, traceId) : engine),
  }
}

/** Those of the traces that the store has spans of, and how many. */
async function countStored(
  engine: Engine,
  traceIds: ReadonlySet<string>,
): Promise<readonly { readonly trace: string; readonly spans: string }[]> {
  if (traceIds.size === 0) return []
  return engine.query(
    `SELECT lower(hex(trace_id)) AS trace, sum(spans) AS spans
FROM traces
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))
GROUP BY trace_id`,
    { traces: [...traceIds] },
  )
}

async function readPinned(
  engine: Engine,
  condition: string,
  parameters: Readonly<Record<string, string>>,
): Promise<readonly PinnedTrace[]> {
  const rows = await engine.query<Record<keyof PinnedTrace, string>>(
    `SELECT traceId, toUnixTimestamp64Milli(pinned) AS pinnedUnixMs, root.3 AS rootService, root.4 AS rootName,
  startUnixNano, durationNano, spanCount, errorCount
FROM (
  SELECT pin, lower(hex(pin)) AS traceId,
    min((parent_span_id != toFixedString('', 8), start, CAST(service, 'String'), CAST(name, 'String'))) AS root,
    toUnixTimestamp64Nano(min(start)) AS startUnixNano,
    max(toUnixTimestamp64Nano(start) + greatest(duration, 0)) - startUnixNano AS durationNano,
    count() AS spanCount, countIf(status_code = 2) AS errorCount
  FROM archived_spans FINAL
  WHERE trace_id = pin AND ${condition}
  GROUP BY pin
) AS trace
INNER JOIN (SELECT trace_id, min(pinned) AS pinned FROM pins GROUP BY trace_id) AS pins ON pins.trace_id = trace.pin
ORDER BY pinned DESC, traceId`,
    parameters,
  )
  return rows.map(row => ({
    traceId: row.traceId as TraceId,
    pinnedUnixMs: Number(row.pinnedUnixMs),
    rootService: row.rootService,
    rootName: row.rootName,
    startUnixNano: row.startUnixNano,
    durationNano: Number(row.durationNano),
    spanCount: Number(row.spanCount),
    errorCount: Number(row.errorCount),
  }))
}

/** Runs one piece of work at a time, so that no copy is taken of what is being removed. */
function makeQueue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
