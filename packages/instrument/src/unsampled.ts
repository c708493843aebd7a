import { randomFillSync } from 'node:crypto'
import type { Span } from '@opentelemetry/api'
import { TraceFlags, trace } from '@opentelemetry/api'

const traceIdBytes = 16
const spanIdBytes = 8
const pool = Buffer.alloc(4096)
let used = pool.length

/** A span that nobody records, of a trace that nobody keeps: its context tells those further on not to, either. */
export function unsampledSpan(): Span {
  return trace.wrapSpanContext({
    traceId: randomId(traceIdBytes),
    spanId: randomId(spanIdBytes),
    traceFlags: TraceFlags.NONE,
  })
}

/** Hexadecimal digits of a random id that is not all zeros. */
export function randomId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += bytes
  pool[start] = (pool[start] ?? 0) | 1
  return pool.toString('hex', start, used)
}
