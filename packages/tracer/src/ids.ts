import { randomFillSync } from 'node:crypto'

/** Random bytes are drawn by the pool: a call for eight of them costs as much as a whole span. */
const pool = Buffer.allocUnsafeSlow(16_384)
let used = pool.length

/** A new trace id: 16 random bytes, so that the W3C "random" flag holds for all of them. */
export function newTraceId(): string {
  return nextDigits(32)
}

/** A new span id. */
export function newSpanId(): string {
  return nextDigits(16)
}

/**
 * Digits are made for sixteen span ids at once and cut: a call for each costs four times as much. No more at once,
 * since an id keeps the text alive that it was cut from.
 */
const bytesAtOnce = 128
let digits = ''
let cut = 0

function nextDigits(count: number): string {
  if (cut + count > digits.length) refill()
  cut += count
  return digits.slice(cut - count, cut)
}

function refill(): void {
  if (used + bytesAtOnce > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  digits = pool.toString('hex', used, used + bytesAtOnce)
  used += bytesAtOnce
  cut = 0
}
