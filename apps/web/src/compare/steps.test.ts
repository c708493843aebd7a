import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differenceOf, differs } from './difference.ts'
import type { Step, StepSide } from './steps.ts'
import type { Sketch } from './test-traces.ts'
import { anySpans, order, rowsOf, spansOf, stepsOf } from './test-traces.ts'
import { stepTitle } from './words.ts'

const match = (a: readonly Sketch[], b: readonly Sketch[]) => stepsOf(rowsOf(spansOf(a)), rowsOf(spansOf(b)))

/** Steps as lines: how deep, what, how often in A and in B. */
const drawn = (steps: readonly Step[]) =>
  steps.map(
    step => `${'  '.repeat(step.depth)}${stepTitle(step)} ${step.a?.count ?? '–'} ${step.b?.count ?? '–'}`,
  )

describe('matchSteps', () => {
  it('lays an order over one that waited longer and was charged three times', () => {
    const steps = match([order(2100)], [order(5000, 3, true)])
    expect(drawn(steps)).toEqual([
      'shop POST /orders 1 1',
      '  shop send orders 1 1',
      '    waited in orders 1 1',
      '      billing process orders 1 1',
      '        billing charge card 1 3',
    ])
    expect([steps[2]?.a?.busyNano, steps[2]?.b?.busyNano]).toEqual([2_100e6, 5_000e6])
    expect(steps[4]?.b).toMatchObject({ failed: 3, busyNano: 240e6, ownNano: 240e6 })
    expect(steps[3]?.b).toMatchObject({ failed: 1, busyNano: 300e6, ownNano: 60e6 })
  })

  it('matches by the whole way: the same name elsewhere is another step', () => {
    const call = (name: string, below: readonly Sketch[] = []): Sketch => ({ name, at: [0, 10], below })
    const steps = match([call('x', [call('y', [call('z')])])], [call('x', [call('z')])])
    expect(drawn(steps)).toEqual(['shop x 1 1', '  shop z – 1', '  shop y 1 –', '    shop z 1 –'])
  })

  it('tells services apart that have spans of one name', () => {
    const get = (service: string): Sketch => ({ name: 'GET', service, at: [0, 10] })
    expect(drawn(match([get('shop')], [get('bank')]))).toEqual(['bank GET – 1', 'shop GET 1 –'])
  })

  it('puts what only B has behind what it came after', () => {
    const root = (...names: readonly string[]): Sketch => ({
      name: 'root',
      at: [0, 100],
      below: names.map((name, place) => ({ name, at: [place * 10, place * 10 + 5] })),
    })
    const steps = match([root('a', 'b', 'a', 'c')], [root('n', 'a', 'm', 'b', 'a', 'o', 'c', 'p')])
    expect(drawn(steps).slice(1)).toEqual([
      '  shop n – 1',
      '  shop a 2 2',
      '  shop m – 1',
      '  shop b 1 1',
      '  shop o – 1',
      '  shop c 1 1',
      '  shop p – 1',
    ])
  })

  it('names the failed one, else the longest', () => {
    const run = (lengths: readonly number[], failed?: number): Sketch => ({
      name: 'root',
      at: [0, 100],
      below: lengths.map((length, place) => ({
        name: 'try',
        at: [place * 20, place * 20 + length],
        failed: place === failed,
      })),
    })
    const steps = match([run([5, 9, 7])], [run([5, 9, 7], 2)])
    expect([steps[1]?.a?.example, steps[1]?.b?.example]).toEqual([2, 3])
  })

  it('takes messages of several groups apart by who received them', () => {
    const process = (service: string, from: number): Sketch => ({
      name: 'process',
      service,
      topic: 'orders',
      at: [from, from + 5],
    })
    const send = (...below: readonly Sketch[]): Sketch => ({
      name: 'send',
      topic: 'orders',
      at: [0, 10],
      below,
    })
    const steps = match([send(process('billing', 20), process('audit', 30))], [send(process('audit', 90))])
    expect(drawn(steps)).toEqual([
      'shop send 1 1',
      '  waited in orders 1 –',
      '    billing process 1 –',
      '  waited in orders 1 1',
      '    audit process 1 1',
    ])
    expect(steps[3]?.service).toBe('audit')
  })

  it('compares a chain of 20,000 spans', () => {
    const deep = (length: number) =>
      Array.from({ length }).reduce<Sketch>(below => ({ name: 'in', at: [0, 10], below: [below] }), {
        name: 'last',
        at: [0, 10],
      })
    // Sketches are walked by recursion: a chain of them is put together by hand.
    const spans = spansOf([deep(500)])
    const chain = Array.from({ length: 40 }, (_, part) =>
      spans.map((span, index) => ({
        ...span,
        spanId: idAt(part * spans.length + index),
        parentSpanId: part + index === 0 ? ('' as const) : idAt(part * spans.length + index - 1),
      })),
    ).flat()
    const steps = stepsOf(rowsOf(chain), rowsOf(chain))
    expect(steps).toHaveLength(chain.length)
    expect(steps.at(-1)?.depth).toBe(chain.length - 1)
  })
})

const idAt = (place: number) =>
  (place + 1).toString(16).padStart(16, '0') as ReturnType<typeof spansOf>[0]['spanId']

describe('whatever the traces are', () => {
  it('a trace differs in nothing from itself', () => {
    fc.assert(
      fc.property(anySpans, spans => {
        const rows = rowsOf(spans)
        for (const step of stepsOf(rows, rows)) {
          expect(step.a).toEqual(step.b)
          const difference = differenceOf(step, 1)
          expect(differs(difference)).toBe(false)
          expect([difference.nano, difference.ownNano, difference.more]).toEqual([0, 0, 0])
        }
      }),
    )
  })

  it('every row counts once, failures too, and own time is part of the whole', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (a, b) => {
        const [ofA, ofB] = [rowsOf(a), rowsOf(b)]
        const steps = stepsOf(ofA, ofB)
        const sum = (of: (step: Step) => number | undefined) =>
          steps.reduce((total, step) => total + (of(step) ?? 0), 0)
        expect(sum(step => step.a?.count)).toBe(ofA.length)
        expect(sum(step => step.b?.count)).toBe(ofB.length)
        expect(sum(step => step.b?.failed)).toBe(b.filter(span => span.status.code === 'error').length)
        for (const side of steps.flatMap(step => [step.a, step.b]).filter(side => side !== undefined))
          expect(isWhole(side)).toBe(true)
      }),
    )
  })

  it('is a tree in which every step stands once, and A and B can be swapped', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (a, b) => {
        const [ofA, ofB] = [rowsOf(a), rowsOf(b)]
        const steps = stepsOf(ofA, ofB)
        for (const [index, step] of steps.entries()) {
          const parent = steps[step.parent]
          expect(step.depth).toBe(parent === undefined ? 0 : parent.depth + 1)
          expect(step.parent).toBeLessThan(index)
          if (parent !== undefined) expect(step.end).toBeLessThanOrEqual(parent.end)
        }
        const ways = (of: readonly Step[]) => of.map((_, index) => wayOf(of, index)).sort()
        expect(new Set(ways(steps)).size).toBe(steps.length)
        expect(ways(stepsOf(ofB, ofA))).toEqual(ways(steps))
      }),
    )
  })
})

function isWhole({ count, failed, busyNano, ownNano }: StepSide): boolean {
  return count > 0 && failed <= count && ownNano >= 0 && ownNano <= busyNano
}

function wayOf(steps: readonly Step[], index: number): string {
  const step = steps[index]
  if (step === undefined) return ''
  return `${wayOf(steps, step.parent)}/${step.kind} ${step.service} ${step.name}`
}
