import { parseTraceId } from '@waybill/model'

/** How many traces are compared with each other. */
const most = 2

/** The traces that are marked to be compared, A first, out of the address. What is no trace id is left out. */
export function readMarks(text: string | undefined): readonly string[] {
  const ids = (text ?? '').split(',').map(parseTraceId)
  return [...new Set(ids.filter(id => id !== undefined))].slice(0, most)
}

/** The marks with a trace more, or less where it was marked; the first makes room for a third. */
export function toggleMark(text: string | undefined, traceId: string): string {
  const marks = readMarks(text)
  const next = marks.includes(traceId) ? marks.filter(mark => mark !== traceId) : [...marks, traceId]
  return next.slice(-most).join(',')
}

export type MarkLetter = 'A' | 'B'

/** What a marked trace is called in the comparison. */
export function letterOf(marks: readonly string[], traceId: string): MarkLetter | undefined {
  const place = marks.indexOf(traceId)
  return place === -1 ? undefined : place === 0 ? 'A' : 'B'
}
