import { describe, expect, it } from 'vitest'
import { letterOf, readMarks, toggleMark } from './marks.ts'

const [a, b, c] = ['a', 'b', 'c'].map(digit => digit.repeat(32)) as [string, string, string]

describe('marks', () => {
  it('are two at most, without what is no id or comes twice', () => {
    expect(readMarks(undefined)).toEqual([])
    expect(readMarks(`${a},x,${a.toUpperCase()},${b},${c}`)).toEqual([a, b])
  })

  it('are set and taken away; the first makes room for a third', () => {
    expect(toggleMark(undefined, a)).toBe(a)
    expect(toggleMark(a, b)).toBe(`${a},${b}`)
    expect(toggleMark(`${a},${b}`, c)).toBe(`${b},${c}`)
    expect(toggleMark(`${a},${b}`, a)).toBe(b)
    expect(toggleMark(a, a)).toBe('')
  })

  it('have letters in the order they were set', () => {
    expect([letterOf([a, b], a), letterOf([a, b], b), letterOf([a, b], c)]).toEqual(['A', 'B', undefined])
  })
})
