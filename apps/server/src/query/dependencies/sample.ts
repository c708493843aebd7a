import type { Bind } from '../compile/bind.ts'

/** Bounds a statement to one trace of so many, by the column that has the trace's id. */
export type Sample = (traceId: string, bind: Bind) => string

/** @param share 1 for every trace. */
export function sampleOf(share: number): Sample {
  if (share === 1) return () => ''
  return (traceId, bind) => ` AND cityHash64(${traceId}) % ${bind(share, 'UInt64')} = 0`
}
