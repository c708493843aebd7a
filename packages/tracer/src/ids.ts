import { randomFillSync } from 'node:crypto'

/** Random bytes are drawn by the pool: a call for eight of them costs as much as a whole span. */
const pool = Buffer.allocUnsafeSlow(16_384)
let used = pool.length

/** A new trace id: 16 random bytes, so that the W3C "random" flag holds for all of them. */
export function newTraceId(): string {
  return randomHex(16)
}

/** A new span id. */
export function newSpanId(): string {
  return randomHex(8)
}

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
