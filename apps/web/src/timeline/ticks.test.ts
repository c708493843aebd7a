import { describe, expect, it } from 'vitest'
import { makeScale } from './scale.ts'
import { axisTicks, niceStep, tickText } from './ticks.ts'
import { wholeWindow } from './window.ts'

const ms = 1e6
const s = 1e9

describe('niceStep', () => {
  it('rounds up to 1, 2, 5 and to the steps of a clock', () => {
    expect(
      [1, 3, 7, 12, 0.4 * ms, 130 * ms, 0.6 * s, 7 * s, 40 * s, 130 * s, 4000 * s].map(niceStep),
    ).toEqual([1, 5, 10, 20, 0.5 * ms, 200 * ms, s, 10 * s, 60 * s, 300 * s, 7200 * s])
  })
})

describe('tickText', () => {
  it('has the digits that its step needs', () => {
    expect(tickText(2.36 * s, 20 * ms)).toBe('2.36 s')
    expect(tickText(2 * s, s)).toBe('2 s')
    expect(tickText(220 * ms, 20 * ms)).toBe('220 ms')
    expect(tickText(0.25 * ms, 0.05 * ms)).toBe('250 µs')
    expect(tickText(0, 20 * ms)).toBe('0 ms')
    expect(tickText(-1.5 * s, 0.5 * s)).toBe('−1.5 s')
    expect(tickText(90 * s, 30 * s)).toBe('1 m 30 s')
    expect(tickText(90.2 * s, 200 * ms)).toBe('1 m 30.2 s')
  })
})

describe('axisTicks', () => {
  it('marks round times over the whole lane, as many as there is room for', () => {
    const ticks = axisTicks(makeScale({ startNano: 0, endNano: 3 * s }), wholeWindow, 600)
    expect(ticks.map(tick => tick.text)).toEqual(['0 ms', '500 ms', '1.0 s', '1.5 s', '2.0 s', '2.5 s'])
  })

  it('marks a fold with its length, and no time inside it', () => {
    const scale = makeScale({ startNano: 0, endNano: 10 * s }, [{ startNano: s, endNano: 9 * s }])
    const ticks = axisTicks(scale, wholeWindow, 1000)
    const fold = ticks.find(tick => tick.kind === 'fold')
    expect(fold?.text).toBe('8 s')
    expect(fold?.width).toBeCloseTo(0.05)
    const inside = ticks.filter(tick => tick.kind === 'time' && tick.at > 0.475 && tick.at < 0.525)
    expect(inside).toEqual([])
    expect(ticks.at(-1)?.at).toBeGreaterThan(0.6)
  })

  it('marks what is on the screen only', () => {
    const ticks = axisTicks(makeScale({ startNano: 0, endNano: s }), { from: 0.5, to: 0.6 }, 500)
    expect(ticks[0]?.text).toBe('500 ms')
    for (const tick of ticks) expect(tick.at).toBeGreaterThanOrEqual(0)
    for (const tick of ticks) expect(tick.at).toBeLessThanOrEqual(1)
  })
})
