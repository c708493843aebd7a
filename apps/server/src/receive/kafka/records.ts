import { setTimeout as delay } from 'node:timers/promises'
import { errorTable, WaybillError } from '@waybill/model'
import type { SpanCounter } from '../../accept/accept.ts'
import type { ReceiverOptions } from '../receiver.ts'
import { refusalReport, retryDelayMs } from '../receiver.ts'
import { encodingOf } from './encoding.ts'
import type { RecordQuarantine } from './quarantine.ts'
import type { SpanRecord } from './record.ts'
import { recordName } from './record.ts'

export interface TakeRecordsOptions extends Omit<ReceiverOptions, 'host' | 'port' | 'setting'> {
  readonly quarantine: RecordQuarantine
}

/** Resolves once each of the records is in the spool or in quarantine. @throws what `signal` is aborted with. */
export type TakeRecords = (records: readonly SpanRecord[], signal: AbortSignal) => Promise<void>

/**
 * Makes the function that takes the spans of records. A record that can never be taken goes to quarantine, so
 * that it does not hold up those behind it; while the spool is full or cannot be written, all wait.
 */
export function takeRecordsWith(options: TakeRecordsOptions): TakeRecords {
  const { accept, counter, quarantine, maxBodyBytes } = options
  const report = refusalReport(options)
  // A record that waits is in the log, and counted when it has been taken: nobody has sent it again.
  const reportWait = refusalReport({ ...options, counter: { ...counter, request: () => {} } })

  const take = async (record: SpanRecord, signal: AbortSignal): Promise<void> => {
    const { value } = record
    if (value === null || value === undefined || value.length === 0) {
      counter.request('tombstone')
      return
    }
    counter.bytes(value.length)
    try {
      if (value.length > maxBodyBytes)
        throw new WaybillError('BODY_TOO_LARGE', `it is larger than ${maxBodyBytes} bytes`)
      const { rejectedSpans } = await patiently(
        () => accept(value, encodingOf(value), sentMicros(record)),
        signal,
      )
      counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
    } catch (error) {
      signal.throwIfAborted()
      report(namingRecord(record, error))
      await quarantine.put(record, error)
    }
  }
  return async (records, signal) => {
    // All of them end before the first failure is told: what still tried would take its records beside the next run.
    const outcomes = await Promise.allSettled(records.map(record => take(record, signal)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Tries again for as long as trying again can help. */
  async function patiently<Result>(run: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (;;)
      try {
        return await run()
      } catch (error) {
        if (!(error instanceof WaybillError && error.retry)) throw error
        reportWait(error)
        await delay(retryDelayMs, undefined, { signal })
      }
  }
}

/** Records of the oldest format have no time, and their timestamp is -1. */
function sentMicros({ timestamp }: SpanRecord): number {
  return (timestamp > 0n ? Number(timestamp) : Date.now()) * 1000
}

/** Counts spans as the door does, but for those of a record that will be tried again: every span is counted once. */
export function patientCounter(counter: SpanCounter): SpanCounter {
  return {
    accepted: counter.accepted,
    rejected: (spans, reason) => {
      if (!retriedReasons.has(reason)) counter.rejected(spans, reason)
    },
  }
}

const retriedReasons: ReadonlySet<string> = new Set(
  Object.entries(errorTable).flatMap(([code, { retry }]) => (retry ? [code.toLowerCase()] : [])),
)

function namingRecord(record: SpanRecord, error: unknown): unknown {
  if (!(error instanceof WaybillError)) return error
  return new WaybillError(error.code, `${recordName(record)}: ${error.message}`, { cause: error })
}
