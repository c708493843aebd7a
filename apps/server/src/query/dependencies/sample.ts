import type { Bind } from '../compile/bind.ts'

/** Bounds a statement to some of all traces, by the column that has the trace's id. */
export type Sample = (traceId: string, bind: Bind) => string

/**
 * Cuts traces into as many parts of about one size, by their ids: so a span and its parent are in one part.
 *
 * @returns the first of the parts, so many at most.
 */
export function samplesOf(parts: number, most: number): readonly Sample[] {
  if (parts === 1) return [() => '']
  return Array.from(
    { length: Math.min(parts, most) },
    (_, part): Sample =>
      (traceId, bind) =>
        ` AND cityHash64(${traceId}) % ${bind(parts, 'UInt64')} = ${bind(part, 'UInt64')}`,
  )
}
