import { WaybillError } from '@waybill/model'

/**
 * Where a page ended, newest first: the start of its last row, and the ids that tell rows of one start apart.
 * For traces that is the trace's start and id, for spans and messages the span's.
 */
export interface Place {
  readonly startUnixNano: string
  /** Hex, one after the other: the trace id; of spans the span id, too; of messages also a hash of which it was. */
  readonly id: string
}

/** A place as text that is passed back as it is. */
export function formatCursor({ startUnixNano, id }: Place): string {
  return `${startUnixNano}-${id}`
}

/** @throws WaybillError BAD_PARAMETER where the text is no cursor that this server gave. */
export function readCursor(cursor: string, idDigits: 32 | 48 | 64): Place {
  const match = /^(\d{1,19})-([0-9a-f]+)$/.exec(cursor)
  const [, startUnixNano, id] = match ?? []
  if (startUnixNano === undefined || id?.length !== idDigits || BigInt(startUnixNano) >= 2n ** 63n)
    throw new WaybillError('BAD_PARAMETER', 'cursor: must be the nextCursor of the page before')
  return { startUnixNano, id }
}

/** Newest first; of one start, the greater id first. For `sort`. */
export function newerFirst(a: Place, b: Place): number {
  const byStart = BigInt(b.startUnixNano) - BigInt(a.startUnixNano)
  if (byStart !== 0n) return byStart > 0n ? 1 : -1
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}
