import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import type { TraceResponse, TraceSummary } from '@waybill/api'
import type { Span, TraceId } from '@waybill/model'
import { lightSpan, messageSegments, summarize } from '@waybill/model'
import { describe, expect, it } from 'vitest'
import type { Sketch } from '../../compare/test-traces.ts'
import { order, spansOf } from '../../compare/test-traces.ts'
import type { Answers } from '../../test-page.tsx'
import { press, refusal, showPage } from '../../test-page.tsx'
import { spanId } from '../../test-spans.ts'

const [idA, idB, idC] = ['a', 'b', 'c'].map(digit => digit.repeat(32)) as [TraceId, TraceId, TraceId]

function traceOf(traceId: TraceId, sketches: readonly Sketch[]): TraceResponse {
  const spans = spansOf(sketches).map((span): Span => ({ ...span, traceId }))
  const resource = { attributes: [], droppedAttributesCount: 0, schemaUrl: '' }
  const trace = { traceId, resources: [resource], scopes: [{ ...resource, name: '', version: '' }], spans }
  return { trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] }
}

const usual = traceOf(idA, [order(2100)])
const slow = traceOf(idB, [order(5000, 3, true)])
const like = traceOf(idC, [order(2110)])

function summaryOf({ trace, messages }: TraceResponse): TraceSummary {
  return { traceId: trace.traceId, ...summarize(trace.spans.map(lightSpan), messages) }
}

const answers: Answers = {
  [`/traces/${idA}`]: usual,
  [`/traces/${idB}`]: slow,
  [`/traces/${idC}`]: like,
  '/traces': { traces: [summaryOf(slow), summaryOf(usual)], tookMs: 1 },
  '/histogram': { stepMs: 1, startUnixMs: 0, buckets: [], total: 2 },
  '/facets': { facets: [] },
}

const stepsOf = () =>
  within(screen.getByRole('region', { name: 'Steps' }))
    .getAllByRole('row')
    .slice(1)
const textOf = (element: Element | undefined) => element?.textContent?.replaceAll(/\s+/g, ' ').trim()
const cellsOf = (row: HTMLElement | undefined) =>
  [...(row?.querySelectorAll('th, td') ?? [])].filter(cell => !cell.matches('.cmp-lane')).map(textOf)

async function showComparison(search = `?a=${idA}&b=${idB}`) {
  const router = showPage(`/compare${search}`, answers)
  await screen.findByRole('region', { name: 'Steps' })
  return router
}

describe('the comparison', () => {
  it('has a row for each step, with its times in both and what differs, by sign and words', async () => {
    await showComparison()
    expect(stepsOf().map(cellsOf)).toEqual([
      ['shop POST /orders', '96 ms', '96 ms', '=', '', ''],
      ['shop send orders', '40 ms', '40 ms', '=', '', ''],
      ['waited in orders for billing', '2.1 s', '5 s', '+2.9 s ×2.4', '+2.9 s', '▲ waits longer'],
      ['billing process orders', '100 ms', '300 ms ✕', '+200 ms ×3', '+40 ms', '✕ fails in B only ▲ slower'],
      [
        'billing charge card',
        '80 ms',
        '×3 240 ms ✕3',
        '+160 ms ×3',
        '+160 ms',
        '✕ fails in B only ▲ slower × 2 more',
      ],
    ])
  })

  it('sums both up, and says what differs most in words', async () => {
    await showComparison()
    const totals = within(screen.getByRole('table', { name: 'The two traces as a whole' })).getAllByRole(
      'row',
    )
    expect(totals.slice(1).map(row => cellsOf(row).slice(1))).toEqual([
      ['2.27 s', '2.1 s', '4', '2', '1', '0'],
      ['5.37 s', '5 s', '6', '2', '1', '4'],
      ['+3.1 s ×2.4', '+2.9 s ×2.4', '+2', '=', '=', '+4'],
    ])
    const largest = within(screen.getByRole('region', { name: 'Largest differences' })).getAllByRole('button')
    expect(largest.map(textOf)).toEqual([
      'waited in orders: 2.1 s → 5 s',
      'billing charge card: 80 ms → 240 ms',
    ])
    expect(screen.getByRole('button', { name: /charge card: fails in B only/ })).toBeTruthy()
  })

  it('puts the largest differences first, and leaves out what does not differ, in the address', async () => {
    const router = await showComparison()
    fireEvent.click(screen.getByRole('button', { name: 'Largest differences first' }))
    await waitFor(() => expect(router.state.location.search).toEqual({ a: idA, b: idB, sort: 'difference' }))
    expect(stepsOf().map(row => cellsOf(row)[0])).toEqual([
      'waited in orders for billing',
      'billing charge card',
      'billing process orders',
      'shop POST /orders',
      'shop send orders',
    ])
    fireEvent.click(screen.getByRole('button', { name: 'Only what differs' }))
    await waitFor(() => expect(stepsOf()).toHaveLength(3))
    press('l')
    // In the tree, what leads to a step that differs stays.
    await waitFor(() => expect(stepsOf()).toHaveLength(5))
    expect(router.state.location.search).toEqual({ a: idA, b: idB, show: 'differing' })
  })

  it('opens a step where B has it, and in A where that is wanted', async () => {
    const router = await showComparison()
    press('j')
    press('j')
    press('j')
    expect(stepsOf()[2]?.hasAttribute('data-selected')).toBe(true)
    press('a')
    await waitFor(() => expect(router.state.location.pathname).toBe(`/trace/${idA}`))
    expect(router.state.location.search).toEqual({ span: `${spanId('2')}-${spanId('3')}` })
  })

  it('opens the failed span of a row that is pressed', async () => {
    const router = await showComparison()
    fireEvent.click(stepsOf()[4] as HTMLElement)
    await waitFor(() => expect(router.state.location.pathname).toBe(`/trace/${idB}`))
    expect(router.state.location.search).toEqual({ span: spanId('4') })
  })

  it('leads from what is said to its step', async () => {
    await showComparison()
    fireEvent.click(screen.getByRole('button', { name: /waited in orders: / }))
    await waitFor(() => expect(stepsOf()[2]?.hasAttribute('data-selected')).toBe(true))
  })

  it('swaps A and B by a key', async () => {
    const router = await showComparison()
    press('x')
    await waitFor(() => expect(router.state.location.search).toEqual({ a: idB, b: idA }))
    expect(await screen.findByRole('button', { name: 'waited in orders: 5 s → 2.1 s' })).toBeTruthy()
    expect(cellsOf(stepsOf()[4]).at(-1)).toBe('✕ fails in A only ▼ faster × 2 fewer')
  })
})

describe('two traces that do not differ', () => {
  it('are the same one', async () => {
    await showComparison(`?a=${idA}&b=${idA}`)
    expect(screen.getByText('A and B are the same trace.')).toBeTruthy()
  })

  it('are alike', async () => {
    await showComparison(`?a=${idA}&b=${idC}`)
    expect(screen.getByText('The two traces are alike.')).toBeTruthy()
    expect(screen.getByText(/none differs/)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Only what differs' }))
    expect(await screen.findByRole('heading', { name: 'No step differs' })).toBeTruthy()
  })

  it('are identical where no time differs', async () => {
    showPage(`/compare?a=${idA}&b=${idC}`, { ...answers, [`/traces/${idC}`]: traceOf(idC, [order(2100)]) })
    expect(await screen.findByText('The two traces are identical.')).toBeTruthy()
  })

  it('have nothing in common', async () => {
    const other = traceOf(idC, [{ name: 'GET /cart', at: [0, 10] }])
    showPage(`/compare?a=${idA}&b=${idC}`, { ...answers, [`/traces/${idC}`]: other })
    expect(await screen.findByText('The two traces have no step in common.')).toBeTruthy()
  })
})

describe('choosing', () => {
  it('asks for the other trace: out of the latest with the same root', async () => {
    let asked: URLSearchParams | undefined
    const traces = (address: URL) => {
      asked = address.searchParams
      return answers['/traces']
    }
    const router = showPage(`/compare?a=${idA}`, { ...answers, '/traces': traces })
    expect(await screen.findByRole('heading', { name: 'Choose trace B' })).toBeTruthy()
    const links = await screen.findAllByRole('link', { name: /shop POST \/orders/ })
    expect(asked?.get('q')).toBe('is:root service:shop name:"POST /orders"')
    // The trace itself is not offered.
    expect(links).toHaveLength(1)
    fireEvent.click(links[0] as HTMLElement)
    await waitFor(() => expect(router.state.location.search).toEqual({ a: idA, b: idB }))
    await screen.findByRole('region', { name: 'Steps' })
  })

  it('takes an id, or the link of a trace, and refuses what is neither', async () => {
    const router = showPage(`/compare?a=${idA}`, answers)
    const box = await screen.findByRole('textbox', { name: 'Trace id or link' })
    fireEvent.change(box, { target: { value: 'order 17' } })
    fireEvent.click(screen.getByRole('button', { name: 'Take as B' }))
    expect((await screen.findByRole('alert')).textContent).toContain('no trace id')
    fireEvent.change(box, { target: { value: `http://localhost:16686/trace/${idB}?span=1` } })
    expect(screen.queryByRole('alert')).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Take as B' }))
    await waitFor(() => expect(router.state.location.search).toEqual({ a: idA, b: idB }))
  })

  it('says which trace is not stored, and which is no id, and what to do', async () => {
    const unknown = 'd'.repeat(32)
    showPage(`/compare?a=${idA}&b=${unknown}`, answers)
    expect(
      await screen.findByRole('heading', { name: `Trace B: nothing is stored of ${unknown}` }),
    ).toBeTruthy()
    expect(screen.getByText(/Or take another trace/)).toBeTruthy()
    expect(await screen.findByText(/The latest of shop POST/)).toBeTruthy()
  })

  it('says so where an address names no trace', async () => {
    showPage(`/compare?a=nonsense&b=${idB}`, answers)
    expect(await screen.findByRole('heading', { name: 'Trace A: “nonsense” is no trace id' })).toBeTruthy()
  })

  it('offers the latest of all where there is nothing to go by', async () => {
    showPage('/compare', answers)
    expect(await screen.findByRole('heading', { name: 'Choose trace A' })).toBeTruthy()
    expect(await screen.findAllByRole('link', { name: /shop POST/ })).toHaveLength(2)
  })

  it('changes one of the two, and can be left', async () => {
    const router = await showComparison()
    fireEvent.click(screen.getByRole('link', { name: 'Change trace A' }))
    expect(await screen.findByRole('heading', { name: 'Choose trace A' })).toBeTruthy()
    press('Escape')
    await screen.findByRole('region', { name: 'Steps' })
    press('Escape')
    await waitFor(() => expect(router.state.location.pathname).toBe('/'))
  })

  it('says which trace could not be read', async () => {
    showPage(`/compare?a=${idA}&b=${idB}`, {
      ...answers,
      [`/traces/${idB}`]: () => refusal(400, 'QUERY_TOO_LARGE', 'too much'),
    })
    expect((await screen.findByRole('alert')).textContent).toContain('Trace B could not be read')
  })
})

describe('the ways here', () => {
  it('lead from two marked results, by keys', async () => {
    const router = showPage('/', answers)
    await screen.findAllByRole('link', { name: 'POST /orders' })
    press('j')
    press('c')
    await waitFor(() => expect(router.state.location.search).toEqual({ marked: idB }))
    press('j')
    press('c')
    const link = await screen.findByRole('link', { name: 'Compare A and B' })
    expect(link.getAttribute('href')).toBe(`/compare?a=${idB}&b=${idA}`)
    press('C')
    await waitFor(() => expect(router.state.location.pathname).toBe('/compare'))
    await screen.findByRole('region', { name: 'Steps' })
  })

  it('lead from two marked results, by their boxes, in the list and in the table', async () => {
    const router = showPage(`/?marked=${idA}`, answers)
    const boxes = await screen.findAllByRole<HTMLInputElement>('checkbox', { name: /^Compare POST/ })
    expect(boxes.map(box => box.checked)).toEqual([false, true])
    fireEvent.click(boxes[0] as HTMLElement)
    await waitFor(() => expect(router.state.location.search).toEqual({ marked: `${idA},${idB}` }))
    fireEvent.click(screen.getByRole('button', { name: 'Table' }))
    await screen.findByRole('columnheader', { name: 'Waited' })
    fireEvent.click(screen.getByRole('checkbox', { name: 'Compare POST /orders, 2.27 s' }))
    await waitFor(() => expect(router.state.location.search).toEqual({ marked: idB, view: 'table' }))
    fireEvent.click(screen.getByRole('button', { name: 'Take the marks away' }))
    await waitFor(() => expect(router.state.location.search).toEqual({ view: 'table' }))
  })

  it('lead from a trace, which is A', async () => {
    const router = showPage(`/trace/${idA}`, answers)
    await screen.findByRole('treegrid')
    expect(screen.getByRole('link', { name: 'Compare' }).getAttribute('href')).toBe(`/compare?a=${idA}`)
    press('c')
    expect(await screen.findByRole('heading', { name: 'Choose trace B' })).toBeTruthy()
    expect(router.state.location.search).toEqual({ a: idA })
  })
})
