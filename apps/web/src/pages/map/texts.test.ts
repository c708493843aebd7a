import { describe, expect, it } from 'vitest'
import { failText, rateText, waitedText } from './texts.ts'

describe('rateText', () => {
  it('says how often in the unit that people would take', () => {
    expect(rateText(412 * 60, 60)).toBe('412/s')
    expect(rateText(60, 60)).toBe('1/s')
    expect(rateText(59, 60)).toBe('59/min')
    expect(rateText(150, 3600)).toBe('2.5/min')
    expect(rateText(60, 3600)).toBe('1/min')
    expect(rateText(59, 3600)).toBe('×59')
    expect(rateText(1_500_000, 60)).toBe('25,000/s')
  })
})

describe('failText', () => {
  it('says nothing where nothing fails', () => {
    expect(failText(0, 10)).toBeUndefined()
    expect(failText(undefined, 10)).toBeUndefined()
  })

  it('never says that none fail where some do', () => {
    expect(failText(1, 100_000)).toBe('< 0.1 % fail')
    expect(failText(18, 1000)).toBe('1.8 % fail')
    expect(failText(123, 1000)).toBe('12 % fail')
    expect(failText(10, 10)).toBe('100 % fail')
  })
})

describe('waitedText', () => {
  it('tells who did not wait from who has another clock', () => {
    expect(waitedText(2.7e9)).toBe('waited p95 2.7 s')
    expect(waitedText(1)).toBe('waited p95 1 ns')
    expect(waitedText(0)).toBe('did not wait')
    expect(waitedText(-1)).toBe('clocks disagree')
  })
})
