/** A small seeded generator (mulberry32), so that every run and every peer sees the same bytes. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number
  /** `digits` hex digits, never all zero. */
  hex(digits: number): string
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    hex: digits => {
      let text = ''
      while (text.length < digits) text += (below(0xffff_ffff) + 1).toString(16).padStart(8, '0')
      return text.slice(0, digits)
    },
  }
}
