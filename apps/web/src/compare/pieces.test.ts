import { describe, expect, it } from 'vitest'
import type { Pieces } from './pieces.ts'
import { oneByOne, whole } from './pieces.ts'

function* counting(to: number, done: number[]): Pieces<number> {
  for (let piece = 1; piece <= to; piece++) {
    done.push(piece)
    yield
  }
  return to
}

describe('work in pieces', () => {
  it('is done at once where it is wanted so', () => {
    expect(whole(counting(3, []))).toBe(3)
  })

  it('lets what waits have its turn between pieces', async () => {
    const done: (number | string)[] = []
    const result = oneByOne(counting(3, done as number[]), new AbortController().signal)
    setTimeout(() => done.push('a key'), 0)
    expect(await result).toBe(3)
    expect(done).toContain('a key')
    expect(done.indexOf('a key')).toBeLessThan(done.length - 1)
  })

  it('begins no further piece when nobody wants it any more', async () => {
    const done: number[] = []
    const stopping = new AbortController()
    const pieces = (function* (): Pieces<number> {
      yield* counting(2, done)
      stopping.abort()
      yield* counting(2, done)
      return 4
    })()
    expect(await oneByOne(pieces, stopping.signal)).toBe(undefined)
    expect(done).toEqual([1, 2, 1])
  })

  it('tells of what fails', async () => {
    const failing = (function* (): Pieces<number> {
      yield
      throw new Error('in the second piece')
    })()
    await expect(oneByOne(failing, new AbortController().signal)).rejects.toThrow('in the second piece')
  })
})
