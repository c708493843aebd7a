import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { Statement } from '../compile/compile.ts'
import { compileMessages, statement } from '../compile/compile.ts'
import { isPlain, needsMessage } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange } from '../time-range.ts'
import { isScreened, screenedMatches } from './screened.ts'
import { messageWindows } from './windows.ts'

/** A part of a search for messages: what is read at once. */
export interface MessagePart {
  readonly window: TimeRange
  /** The only traces that have rows in it, where that is known. */
  readonly traceIds?: readonly TraceId[]
}

/**
 * The parts of a range that a search for the newest messages looks through, the newest first, until it has enough.
 *
 * @param wanted how many rows are still wanted.
 */
export async function* messageParts(
  reader: Reader,
  asked: Asked,
  range: TimeRange,
  wanted: () => number,
): AsyncGenerator<MessagePart> {
  if (isScreened(asked.query) && needsMessage(asked.query)) yield* screenedParts(reader, asked, range)
  else
    for (const window of await messageWindows(reader, asked, range))
      if (isPlain(asked.query)) yield* plainParts(reader, asked, window, wanted)
      else yield { window }
}

/**
 * The times of the newest rows come first, by themselves: to hold every row of a large window would take more
 * memory than a query may have.
 */
async function* plainParts(
  reader: Reader,
  asked: Asked,
  window: TimeRange,
  wanted: () => number,
): AsyncGenerator<MessagePart> {
  let rest = window
  for (;;) {
    const count = wanted()
    const starts = await ask<StartRow>(reader, startsStatement(asked, rest, count), asked)
    const oldest = starts.length < count ? undefined : starts.at(-1)
    if (oldest === undefined) return yield { window: rest }
    yield { window: { ...rest, startUnixNano: oldest.started } }
    rest = { ...rest, endUnixNano: oldest.started }
  }
}

interface StartRow {
  readonly started: string
}

function startsStatement({ query, range }: Asked, window: TimeRange, count: number): Statement {
  return statement(
    bind =>
      `SELECT toUnixTimestamp64Nano(start) AS started FROM messages ` +
      `WHERE ${compileMessages(query, window, bind, range)} ORDER BY start DESC LIMIT ${bind(count, 'UInt64')}`,
  )
}

/** What lacks its counterpart is found as for traces: by what is missing nearby first. */
async function* screenedParts(reader: Reader, asked: Asked, range: TimeRange): AsyncGenerator<MessagePart> {
  const next = screenedMatches(reader, asked, range)
  let endNano = BigInt(range.endUnixNano)
  for (;;) {
    const { found, seenFromNano, isComplete } = await next()
    const window = makeRange(seenFromNano, endNano)
    if (found.length > 0) yield { window, traceIds: [...new Set(found.map(({ traceId }) => traceId))] }
    if (isComplete) return
    endNano = seenFromNano
  }
}
