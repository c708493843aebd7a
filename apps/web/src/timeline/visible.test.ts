import { describe, expect, it } from 'vitest'
import {
  collapseAll,
  collapseLevel,
  expandLevel,
  reveal,
  rowStates,
  toggleRow,
  visibleRows,
} from './visible.ts'

/*
 * 0 a
 * 1   b
 * 2     c
 * 3   d
 * 4 e
 * 5   f
 */
const rows = [
  { depth: 0, parent: -1, end: 4 },
  { depth: 1, parent: 0, end: 3 },
  { depth: 2, parent: 1, end: 3 },
  { depth: 1, parent: 0, end: 4 },
  { depth: 0, parent: -1, end: 6 },
  { depth: 1, parent: 4, end: 6 },
]
const none = new Set<number>()

describe('visibleRows', () => {
  it('shows every row where none is folded', () => {
    expect(visibleRows(rows, none)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('leaves out all that is below a folded row', () => {
    expect(visibleRows(rows, new Set([0]))).toEqual([0, 4, 5])
    expect(visibleRows(rows, new Set([1, 4]))).toEqual([0, 1, 3, 4])
  })

  it('leaves out what a filter hides, and keeps matches below what it hides', () => {
    const { hidden, ancestor, match } = rowStates
    const states = Uint8Array.from([ancestor, ancestor, match, hidden, hidden, match])
    expect(visibleRows(rows, none, states)).toEqual([0, 1, 2, 5])
    expect(visibleRows(rows, new Set([1]), states)).toEqual([0, 1, 5])
  })
})

describe('folding', () => {
  it('folds all, and opens it again level by level', () => {
    const all = collapseAll(rows)
    expect([...all]).toEqual([0, 1, 4])
    expect(visibleRows(rows, all)).toEqual([0, 4])
    const once = expandLevel(rows, all)
    expect(visibleRows(rows, once)).toEqual([0, 1, 3, 4, 5])
    expect(visibleRows(rows, expandLevel(rows, once))).toEqual([0, 1, 2, 3, 4, 5])
    expect(expandLevel(rows, none)).toEqual(none)
  })

  it('folds the deepest level first', () => {
    const once = collapseLevel(rows, none)
    expect([...once]).toEqual([1])
    expect([...collapseLevel(rows, once)].toSorted()).toEqual([0, 1, 4])
  })

  it('toggles one row', () => {
    const folded = toggleRow(none, 1)
    expect([...folded]).toEqual([1])
    expect([...toggleRow(folded, 1)]).toEqual([])
  })

  it('reveals a row by unfolding what it hangs under, and nothing else', () => {
    expect([...reveal(rows, new Set([0, 1, 4]), 2)]).toEqual([4])
    expect(reveal(rows, none, 2)).toBe(none)
  })
})
