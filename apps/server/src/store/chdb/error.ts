import { WaybillError } from '@waybill/model'
import { StoreRefusedError } from '../engine.ts'

/** Numbers of ClickHouse's errors (src/Common/ErrorCodes.cpp) that say the segment's bytes are at fault. */
const refusedCodes = new Set([
  6, // CANNOT_PARSE_TEXT
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  444, // UNKNOWN_PROTOBUF_FORMAT
])

/**
 * A segment with spans of more days than one insert may write; in halves it has fewer. Its number, 252, also
 * says that merges are behind, and that passes.
 */
const tooManyDays = /Too many partitions for single INSERT block/

/** Those that say a query asked for too much. */
const tooLargeCodes: ReadonlyMap<number, string> = new Map([
  [158, 'reads more rows than one query may'],
  [159, 'takes longer than one query may'],
  [160, 'would take longer than one query may'],
  [241, 'needs more memory than one query may have'],
  [307, 'reads more bytes than one query may'],
  [396, 'gives more rows than one answer may hold'],
])

/**
 * What an error of the engine means to Waybill: a segment that will never load, a query that asks for too
 * much, or the engine's own trouble, which is worth another try.
 */
export function readError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const code = engineCode(error)
  if (code === undefined) return error
  if (tooLargeCodes.has(code)) return tooLarge(code, error)
  if (refusedCodes.has(code) || tooManyDays.test(error.message))
    return new StoreRefusedError(error.message, { engineCode: code, cause: error })
  return error
}

/** The memory of all statements together ran out, not that of one. */
const allMemory = /\(total\) memory limit exceeded/

/**
 * The same for a load, where it matters whose memory ran out: a segment that needs more than its share is
 * loaded in halves, but where queries have taken it all, it is as good as before and only has to wait.
 */
export function readLoadError(error: unknown): Error {
  return error instanceof Error && allMemory.test(error.message) ? error : readError(error)
}

/** The error of a statement that reached its time limit. */
export function tookTooLong(): Error {
  return tooLarge(159)
}

function tooLarge(code: number, cause?: Error): WaybillError {
  return new WaybillError('QUERY_TOO_LARGE', `The query ${tooLargeCodes.get(code)}.`, { cause })
}

/** A stream's errors have the number in their text alone. */
function engineCode(error: Error): number | undefined {
  const given = 'clickhouseCode' in error ? error.clickhouseCode : undefined
  const number = Number(given ?? /^Code: (\d+)\./.exec(error.message)?.[1])
  return Number.isInteger(number) ? number : undefined
}
