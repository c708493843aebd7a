import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import type { SpanId, TraceId } from '@waybill/model'
import { describe, expect, it } from 'vitest'
import { press, showPage } from '../../test-page.tsx'
import { spanId, traceId } from '../../test-spans.ts'
import { orderTrace } from '../../test-trace.ts'

const answers = { [`/traces/${traceId}`]: orderTrace }
const rowsOf = () => within(screen.getByRole('treegrid')).getAllByRole('row')
const namesOf = () =>
  rowsOf().map(row => within(row).getAllByRole('gridcell')[0]?.textContent?.replace(/[▾▸]/, ''))

async function showTrace(search = '') {
  const router = showPage(`/trace/${traceId}${search}`, answers)
  await screen.findByRole('treegrid')
  return router
}

describe('the timeline', () => {
  it('draws spans as a tree, with the message between its send and its processing', async () => {
    await showTrace()
    expect(namesOf()).toEqual([
      'shopPOST /orders',
      'shopsend orders',
      'orders[3]@1042',
      'billingprocess orders',
      'billingcharge card',
    ])
    expect(rowsOf().map(row => row.getAttribute('aria-level'))).toEqual(['1', '2', '3', '4', '5'])
    expect(screen.getByText('waited 2.1 s in Kafka')).toBeTruthy()
    expect(screen.getByText(/folded/)).toBeTruthy()
  })

  it('folds and unfolds by keys, and says how much is folded and failed', async () => {
    await showTrace()
    press(']')
    await waitFor(() => expect(rowsOf()).toHaveLength(1))
    expect(namesOf()).toEqual(['shopPOST /orders+41'])
    expect(screen.getByTitle('1 failed below')).toBeTruthy()
    press('o')
    await waitFor(() => expect(rowsOf()).toHaveLength(2))
    press('[')
    await waitFor(() => expect(rowsOf()).toHaveLength(5))
    press('p')
    await waitFor(() => expect(rowsOf()).toHaveLength(4))
  })

  it('moves by keys, opens the details, and keeps the selection in the address', async () => {
    const router = await showTrace()
    press('e')
    press('Enter')
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(within(panel).getByRole('heading', { level: 2 }).textContent).toBe('charge card')
    await waitFor(() => expect(router.state.location.search).toEqual({ span: spanId('04') }))
    press('k')
    await waitFor(() =>
      expect(within(panel).getByRole('heading', { level: 2 }).textContent).toBe('process orders'),
    )
    press('Escape')
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Details' })).toBeNull())
  })

  it('goes back to Explore, whatever it was about to write into the address', async () => {
    const router = await showTrace()
    press('Enter')
    press('Escape')
    press('Escape')
    await waitFor(() => expect(router.state.location.pathname).toBe('/'))
    await screen.findByRole('button', { name: 'Run' })
    expect(router.state.location.href).toBe('/')
  })

  it('filters, and keeps what a match hangs under', async () => {
    await showTrace()
    press('f')
    const box = screen.getByRole('searchbox', { name: 'Filter spans' })
    expect(document.activeElement).toBe(box)
    fireEvent.change(box, { target: { value: 'process -POST' } })
    await waitFor(() => expect(rowsOf()).toHaveLength(4))
    expect(rowsOf().map(row => row.hasAttribute('data-dimmed'))).toEqual([true, true, true, false])
    fireEvent.change(box, { target: { value: 'no such thing' } })
    expect(await screen.findByText('No span matches the filter.')).toBeTruthy()
  })

  it('draws gaps at full length where asked to', async () => {
    await showTrace('?fold=off')
    expect(screen.queryByText(/folded/)).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Fold gaps' }))
    expect(await screen.findByText(/folded/)).toBeTruthy()
  })
})

describe('the details', () => {
  it('show the exception, the message, attributes and resource', async () => {
    await showTrace(`?span=${spanId('04')}`)
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(panel.textContent).toContain('CardDeclined')
    expect(panel.textContent).toContain('at charge (cards.js:41)')
    expect(panel.textContent).toContain('3, 1042')
    expect(panel.textContent).toContain('host-3')
  })

  it('show what is HTML in a span as the text it is', async () => {
    await showTrace(`?span=${spanId('04')}`)
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(panel.textContent).toContain('<img src="x" alt="no image">')
    expect(panel.querySelector('img')).toBeNull()
  })

  it('lead from a message to both its ends', async () => {
    await showTrace(`?span=${spanId('02')}-${spanId('03')}`)
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(within(panel).getByRole('heading', { level: 2 }).textContent).toBe('orders[3]@1042')
    fireEvent.click(within(panel).getByRole('button', { name: /process orders/ }))
    await waitFor(() =>
      expect(within(panel).getByRole('heading', { level: 2 }).textContent).toBe('process orders'),
    )
  })

  it('say what a link without a context says, which leads nowhere', async () => {
    const ofNothing = {
      traceId: '0'.repeat(32) as TraceId,
      spanId: '0'.repeat(16) as SpanId,
      traceState: '',
      attributes: [{ key: 'note', value: { stringValue: 'lost' } }],
      droppedAttributesCount: 0,
      flags: 0,
    }
    const spans = orderTrace.trace.spans.map(span =>
      span.spanId === spanId('04') ? { ...span, links: [ofNothing, { ...ofNothing, attributes: [] }] } : span,
    )
    const answer = { ...orderTrace, trace: { ...orderTrace.trace, spans } }
    showPage(`/trace/${traceId}?span=${spanId('04')}`, { [`/traces/${traceId}`]: answer })
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(within(panel).getAllByText('note=lost')).toHaveLength(1)
    expect(panel.textContent).not.toContain('0000000000000000')
    expect(panel.textContent).not.toContain('not stored')
  })

  it('add a value to the query', async () => {
    await showTrace(`?span=${spanId('04')}`)
    const link = await screen.findByRole('link', { name: 'Add to the query: destination: orders' })
    expect(link.getAttribute('href')).toBe('/?q=destination:orders')
  })
})

describe('the other tabs', () => {
  it('list messages', async () => {
    showPage(`/trace/${traceId}?tab=messages`, answers)
    const row = await screen.findByRole('row', { name: /orders\[3\]@1042/ })
    expect(row.textContent).toContain('2.1 s')
    expect(row.textContent).toContain('processed')
  })

  it('list events', async () => {
    showPage(`/trace/${traceId}?tab=events`, answers)
    expect((await screen.findByRole('row', { name: /exception/ })).textContent).toContain('2.25 s')
  })

  it('show JSON, and link to it in the form of Jaeger', async () => {
    showPage(`/trace/${traceId}?tab=json`, answers)
    expect(await screen.findByText(/"resourceSpans"/)).toBeTruthy()
    const link = screen.getByRole('link', { name: /Open in Jaeger/ })
    expect(link.getAttribute('href')).toContain(`/api/traces/${traceId}`)
  })
})

describe('links of Jaeger', () => {
  it('select the span that uiFind names', async () => {
    const router = showPage(`/trace/${traceId}?uiFind=${spanId('03')}`, answers)
    await screen.findByRole('complementary', { name: 'Details' })
    expect(router.state.location.search).toEqual({ span: spanId('03') })
  })

  it('filter by the text that uiFind is', async () => {
    const router = showPage(`/trace/${traceId}?uiFind=charge`, answers)
    await screen.findByRole('treegrid')
    expect(router.state.location.search).toEqual({ filter: 'charge' })
  })
})

it('says which language a service is written in: in the head, at the row, in the details', async () => {
  const [resource] = orderTrace.trace.resources
  const written = (language: string) => ({
    droppedAttributesCount: 0,
    schemaUrl: '',
    ...resource,
    attributes: [{ key: 'telemetry.sdk.language', value: { stringValue: language } }],
  })
  const spans = orderTrace.trace.spans.map(span => ({ ...span, resource: span.service === 'shop' ? 0 : 1 }))
  const trace = { ...orderTrace.trace, resources: [written('nodejs'), written('python')], spans }
  showPage(`/trace/${traceId}?span=${spanId('03')}`, {
    [`/traces/${traceId}`]: { ...orderTrace, trace },
  })
  const list = await screen.findByRole('list', { name: 'Services and their languages' })
  expect(
    within(list)
      .getAllByRole('listitem')
      .map(item => item.textContent?.trim()),
  ).toEqual(['shop Node.js', 'billing Python'])
  expect(screen.getAllByTitle('billing · Python')).toHaveLength(2)
  const panel = await screen.findByRole('complementary', { name: 'Details' })
  expect(panel.textContent).toContain('billing (Python) · consumer')
})

it('says that nothing is stored of a trace', async () => {
  showPage('/trace/ffffffffffffffffffffffffffffffff', answers)
  expect(await screen.findByRole('heading', { name: 'No span of this trace is stored' })).toBeTruthy()
})
