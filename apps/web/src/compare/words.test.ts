import { describe, expect, it } from 'vitest'
import { differenceOf } from './difference.ts'
import type { Step } from './steps.ts'
import type { Sketch } from './test-traces.ts'
import { order, rowsOf, spansOf, stepsOf } from './test-traces.ts'
import { largestDifferences, marksOf, newFailures, ratioText, signedDuration } from './words.ts'

const scaleNano = 5_000e6

function compared(a: readonly Sketch[], b: readonly Sketch[]) {
  const steps = stepsOf(rowsOf(spansOf(a)), rowsOf(spansOf(b)))
  return { steps, differences: steps.map(step => differenceOf(step, scaleNano)) }
}

const side = (busyMs: number, more: Partial<Step['a']> = {}) => ({
  count: 1,
  failed: 0,
  busyNano: busyMs * 1e6,
  ownNano: busyMs * 1e6,
  example: 0,
  ...more,
})
const step = (a: Step['a'], b: Step['b'], kind: Step['kind'] = 'span'): Step => ({
  kind,
  service: 'billing',
  name: 'charge',
  depth: 0,
  parent: -1,
  end: 1,
  a,
  b,
})
const said = (of: Step, scaleMs = 1000) =>
  marksOf(of, differenceOf(of, scaleMs * 1e6)).map(({ sign, text }) => `${sign} ${text}`)

describe('marksOf', () => {
  it('says by a sign and in words what differs', () => {
    expect(said(step(side(100), side(240)))).toEqual(['▲ slower'])
    expect(said(step(side(240), side(100)))).toEqual(['▼ faster'])
    expect(said(step(side(100), side(240), 'message'))).toEqual(['▲ waits longer'])
    expect(said(step(side(240), side(100), 'message'))).toEqual(['▼ waits shorter'])
    expect(said(step(side(500, { ownNano: 400e6 }), side(500, { ownNano: 90e6 })))).toEqual([
      '▼ itself faster',
    ])
    expect(said(step(side(500, { ownNano: 0 }), side(500, { ownNano: 90e6 })))).toEqual(['▲ itself slower'])
    expect(said(step(side(100), undefined))).toEqual(['− only in A'])
    expect(said(step(undefined, side(100, { failed: 1 })))).toEqual(['✕ fails in B only', '+ only in B'])
    expect(said(step(side(100, { failed: 1 }), side(100)))).toEqual(['✕ fails in A only'])
    expect(said(step(side(100, { failed: 1 }), side(100, { failed: 2 })))).toEqual(['✕ fails in both'])
    expect(said(step(side(100), side(100, { count: 3 })))).toEqual(['× 2 more'])
    expect(said(step(side(100, { count: 3 }), side(100)))).toEqual(['× 2 fewer'])
  })

  it('says nothing of a difference below a tenth, or below 1 % of the longer trace', () => {
    expect(said(step(side(90), side(100)))).toEqual(['▲ slower'])
    expect(said(step(side(91), side(100)))).toEqual([])
    expect(said(step(side(10), side(20)))).toEqual(['▲ slower'])
    expect(said(step(side(10), side(20)), 1001)).toEqual([])
  })
})

describe('largestDifferences', () => {
  it('names the slower wait first, then what took longer by itself', () => {
    const { steps, differences } = compared([order(2100)], [order(5000, 3)])
    const texts = largestDifferences(steps, differences, scaleNano, 3).map(({ text }) => text)
    expect(texts).toEqual(['waited in orders: 2.1 s → 5 s', 'billing charge card: 80 ms → 240 ms'])
  })

  it('names who received where several wait in one destination, and what is in one trace only', () => {
    const process = (service: string, from: number): Sketch => ({
      name: 'process',
      service,
      topic: 'orders',
      at: [from, from + 100],
    })
    const send = (...below: readonly Sketch[]): Sketch => ({
      name: 'send',
      topic: 'orders',
      at: [0, 10],
      below,
    })
    const { steps, differences } = compared(
      [send(process('billing', 110), process('audit', 210))],
      [send(process('audit', 1010))],
    )
    expect(largestDifferences(steps, differences, scaleNano, 3).map(({ text }) => text)).toEqual([
      'waited in orders for audit: 200 ms → 1 s',
      'waited in orders for billing: only in A, 100 ms',
      'billing process: only in A, 100 ms',
    ])
  })
})

describe('newFailures', () => {
  it('names where a failure began, not what it went through', () => {
    const { steps, differences } = compared([order(2100)], [order(2100, 1, true)])
    expect(newFailures(steps, differences, 3)).toEqual([
      { step: 4, text: 'billing charge card: fails in B only' },
    ])
  })

  it('has none where both fail', () => {
    const { steps, differences } = compared([order(2100, 1, true)], [order(5000, 1, true)])
    expect(newFailures(steps, differences, 3)).toEqual([])
  })
})

it('writes no ratio of what is nearly equal', () => {
  expect([ratioText(605, 607), ratioText(100, 106), ratioText(106, 100)]).toEqual(['', '×1.1', '×0.94'])
})

it('writes differences and ratios', () => {
  expect([signedDuration(2.9e9), signedDuration(-120e6), signedDuration(0)]).toEqual([
    '+2.9 s',
    '−120 ms',
    '0 ms',
  ])
  expect([
    ratioText(2.1, 5),
    ratioText(5, 2.1),
    ratioText(1, 1234),
    ratioText(0, 5),
    ratioText(5, 0),
  ]).toEqual(['×2.4', '×0.42', '×1,234', '', ''])
})
