import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import type { StatusResponse, TraceSearchResponse } from '@waybill/api'
import { describe, expect, it } from 'vitest'
import type { Answers } from '../../test-page.tsx'
import { press, refusal, showPage } from '../../test-page.tsx'
import { traceId } from '../../test-spans.ts'
import { orderSummary } from '../../test-trace.ts'

const nothing: TraceSearchResponse = { traces: [], tookMs: 1 }
const histogram = {
  stepMs: 60_000,
  startUnixMs: 1_763_715_000_000,
  buckets: [{ traces: 2, errors: 1 }],
  total: 2,
}
const facets = {
  facets: [
    {
      key: 'service',
      title: 'Service',
      values: [
        { value: 'shop', count: 2, query: 'service:shop' },
        { value: 'billing', count: 1, query: 'service:billing' },
      ],
    },
  ],
}
const status: StatusResponse = {
  version: '0',
  startedUnixMs: 0,
  spansStored: 12,
  receivers: [{ name: 'OTLP/HTTP', address: 'http://127.0.0.1:4318' }],
}
const second = {
  ...orderSummary,
  traceId: 'ffffffffffffffffffffffffffffffff' as typeof traceId,
  rootName: 'GET /cart',
}
const answers: Answers = {
  '/traces': { traces: [orderSummary, second], tookMs: 12 } satisfies TraceSearchResponse,
  '/histogram': histogram,
  '/facets': facets,
  '/status': status,
}
const searchOf = (router: ReturnType<typeof showPage>) => router.state.location.search

describe('the result', () => {
  it('lists traces with their way, their figures and their shape', async () => {
    showPage('/', answers)
    const [row] = await screen
      .findAllByRole('listitem')
      .then(items => items.filter(item => item.matches('.result')))
    expect(row?.textContent).toContain('POST /orders')
    expect(row?.textContent).toContain('shop → orders →  billing')
    expect(row?.textContent).toContain('4 spans · 2 services · 1 message')
    expect(row?.textContent).toContain('waited 2.1 s')
    expect(row?.textContent).toContain('1 error')
    expect(
      within(row as HTMLElement)
        .getByRole('img')
        .getAttribute('aria-label'),
    ).toContain('waiting in orders 2.1 s')
  })

  it('moves by keys and opens the trace', async () => {
    const router = showPage('/', answers)
    await screen.findByRole('link', { name: 'POST /orders' })
    press('j')
    press('j')
    press('k')
    press('Enter')
    await waitFor(() => expect(router.state.location.pathname).toBe(`/trace/${traceId}`))
  })

  it('is a table where the address says so', async () => {
    const router = showPage('/', answers)
    fireEvent.click(await screen.findByRole('button', { name: 'Table' }))
    expect(await screen.findByRole('columnheader', { name: 'Waited' })).toBeTruthy()
    expect(searchOf(router)).toEqual({ view: 'table' })
  })

  it('is narrowed to an operation of the service that is asked for', async () => {
    const operations = (asked: URL) => ({
      operations:
        asked.searchParams.get('service') === 'shop'
          ? ['POST /orders', 'GET /cart', 'POST /orders'].map(name => ({ name, kind: 'server' }))
          : [],
    })
    const router = showPage('/', { ...answers, '/operations': operations })
    fireEvent.click(await screen.findByRole('button', { name: /^shop/ }))
    expect(await screen.findByRole('heading', { name: 'Operation of shop' })).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'POST /orders' }))
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:shop name:"POST /orders"' }))
    fireEvent.click(await screen.findByRole('button', { name: 'GET /cart', pressed: false }))
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:shop name:"GET /cart"' }))
    fireEvent.click(await screen.findByRole('button', { name: 'GET /cart', pressed: true }))
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:shop' }))
  })

  it('has the slowest first where that is asked for, and the address says so', async () => {
    const traces = (asked: URL): TraceSearchResponse =>
      asked.searchParams.get('sort') === 'slowest'
        ? { traces: [second], tookMs: 1 }
        : { traces: [orderSummary], tookMs: 1 }
    const router = showPage('/', { ...answers, '/traces': traces })
    await screen.findByRole('link', { name: 'POST /orders' })
    const order = screen.getByRole('combobox', { name: 'Order of the traces' })
    fireEvent.change(order, { target: { value: 'slowest' } })
    expect(await screen.findByRole('link', { name: 'GET /cart' })).toBeTruthy()
    expect(searchOf(router)).toEqual({ sort: 'slowest' })
    fireEvent.change(order, { target: { value: 'newest' } })
    expect(await screen.findByRole('link', { name: 'POST /orders' })).toBeTruthy()
    expect(searchOf(router)).toEqual({})
  })

  it('goes on where a page ends', async () => {
    const pages = (asked: URL): TraceSearchResponse =>
      asked.searchParams.get('cursor') === 'two'
        ? { traces: [second], tookMs: 1 }
        : { traces: [orderSummary], tookMs: 1, nextCursor: 'two' }
    showPage('/', { ...answers, '/traces': pages })
    fireEvent.click(await screen.findByRole('button', { name: 'Load more' }))
    expect(await screen.findByRole('link', { name: 'GET /cart' })).toBeTruthy()
    expect(screen.getByText(/none beyond/)).toBeTruthy()
  })
})

describe('the facets', () => {
  it('add a value, take it out again, and leave it out', async () => {
    const router = showPage('/', answers)
    const value = await screen.findByRole('button', { name: /^billing/ })
    fireEvent.click(value)
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:billing' }))
    await waitFor(() =>
      expect(screen.getByRole('button', { name: /^billing/ }).getAttribute('aria-pressed')).toBe('true'),
    )
    fireEvent.click(screen.getByRole('button', { name: /^billing/ }))
    await waitFor(() => expect(searchOf(router)).toEqual({}))
    fireEvent.click(screen.getByRole('button', { name: /^billing/ }), { altKey: true })
    await waitFor(() => expect(searchOf(router)).toEqual({ q: '-service:billing' }))
  })

  it('show terms that are no value of theirs, to be taken out', async () => {
    const router = showPage('/?q=wait>1s service:shop', answers)
    fireEvent.click(await screen.findByRole('button', { name: 'wait>1s' }))
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:shop' }))
  })
})

describe('what is not a result', () => {
  it('says how to send a first span, and goes over to the result when one arrives', async () => {
    let stored = 0
    const others = [
      { name: 'jaeger-grpc', address: 'http://127.0.0.1:14250' },
      { name: 'sampling-http', address: 'http://127.0.0.1:5778' },
      { name: 'query-grpc', address: 'http://127.0.0.1:16685' },
    ]
    showPage('/', {
      ...answers,
      '/status': () => ({ ...status, spansStored: stored, receivers: [...status.receivers, ...others] }),
      '/traces': () => (stored === 0 ? nothing : answers['/traces']),
    })
    expect(await screen.findByRole('heading', { name: 'Nothing has arrived yet' })).toBeTruthy()
    expect(screen.getByText(/curl http:\/\/127.0.0.1:4318\/v1\/traces/)).toBeTruthy()
    const taken = screen.getByRole('table', { name: 'Spans are taken at' })
    expect(
      within(taken)
        .getAllByRole('rowheader')
        .map(({ textContent }) => textContent),
    ).toEqual(['OTLP/HTTP', 'jaeger-grpc'])
    fireEvent.click(screen.getByRole('tab', { name: 'Go' }))
    expect(await screen.findByText(/otlptracehttp.New/)).toBeTruthy()
    stored = 1
    expect(await screen.findByRole('link', { name: 'POST /orders' })).toBeTruthy()
  })

  it('says what to do where nothing matches', async () => {
    const router = showPage('/?q=service:nobody', { ...answers, '/traces': nothing })
    fireEvent.click(await screen.findByRole('button', { name: 'Search the last 7 days' }))
    await waitFor(() => expect(searchOf(router)).toEqual({ q: 'service:nobody', last: '7d' }))
  })

  it('says what went wrong, and tries again', async () => {
    let broken = true
    const traces = () =>
      broken ? refusal(422, 'QUERY_TOO_LARGE', 'This would read 2 TB.') : answers['/traces']
    showPage('/', { ...answers, '/traces': traces })
    expect((await screen.findByRole('alert')).textContent).toContain('This would read 2 TB.')
    broken = false
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('link', { name: 'POST /orders' })).toBeTruthy()
  })

  it('shows the fault of a query where the query is', async () => {
    const fault = (address: URL) =>
      address.searchParams.has('q')
        ? refusal(400, 'BAD_QUERY', 'Expected a duration after wait>', 5)
        : answers['/traces']
    showPage('/?q=wait>x', { ...answers, '/traces': fault })
    expect((await screen.findByRole('alert')).textContent).toContain('Expected a duration')
    expect(screen.queryByText('The search failed')).toBeNull()
    expect(screen.getByRole('heading', { name: 'The query cannot be read' })).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Clear the query' }))
    expect(await screen.findByRole('link', { name: 'POST /orders' })).toBeTruthy()
  })
})

it('takes the links of Jaeger', async () => {
  const router = showPage('/search?service=report-api&operation=all&lookback=2d&limit=20', answers)
  await screen.findByRole('link', { name: 'POST /orders' })
  expect(router.state.location.pathname).toBe('/')
  expect(searchOf(router)).toEqual({ q: 'service:report-api', last: '2d' })
})

it('says that an unknown address has no page', async () => {
  showPage('/no/such/page', answers)
  expect(await screen.findByRole('heading', { name: 'There is no page at this address' })).toBeTruthy()
})
