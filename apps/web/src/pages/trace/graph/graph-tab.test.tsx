import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { press, showPage } from '../../../test-page.tsx'
import { spanId, traceId } from '../../../test-spans.ts'
import { orderTrace } from '../../../test-trace.ts'

const answers = { [`/traces/${traceId}`]: orderTrace }

async function showGraph(search = '') {
  const router = showPage(`/trace/${traceId}?tab=graph${search}`, answers)
  const graph = await screen.findByRole('region', { name: 'Graph of the trace' })
  return { router, graph }
}
const stopNames = (graph: HTMLElement) =>
  within(graph)
    .getAllByRole('button')
    .filter(button => button.classList.contains('stop'))
    .map(stop => stop.getAttribute('aria-label'))

describe("a trace's graph", () => {
  it('has the spans of each service, and the message with its time in Kafka between them', async () => {
    const { graph } = await showGraph()
    expect(stopNames(graph)).toEqual([
      'shop POST /orders, 96 ms',
      'shop send orders, 40 ms',
      'orders[3]@1042, waited 2.1 s in Kafka',
      'billing process orders, 210 ms',
      'billing charge card, 120 ms, failed',
    ])
    expect(within(graph).getByText('waited 2.1 s in Kafka')).toBeTruthy()
    expect(within(graph).getByText('✕')).toBeTruthy()
    const legend = screen.getByRole('list', { name: 'Legend' })
    expect(legend.textContent).toBe('parentshare of the time that a message waited✕failed')
  })

  it('selects by Enter what the timeline selects, and keeps it in the address', async () => {
    const { router, graph } = await showGraph()
    within(graph)
      .getByRole('button', { name: /^shop POST/ })
      .focus()
    press('e')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('billing charge card, 120 ms, failed')
    press('Enter')
    const panel = await screen.findByRole('complementary', { name: 'Details' })
    expect(within(panel).getByRole('heading', { level: 2 }).textContent).toBe('charge card')
    await waitFor(() => expect(router.state.location.search).toEqual({ tab: 'graph', span: spanId('04') }))
    press('ArrowUp')
    expect(document.activeElement?.getAttribute('aria-label')).toBe('billing process orders, 210 ms')
    press('Escape')
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Details' })).toBeNull())
  })

  it('shows what has the focus in full', async () => {
    const { graph } = await showGraph()
    within(graph)
      .getByRole('button', { name: /^billing charge/ })
      .focus()
    await waitFor(() =>
      expect(graph.querySelector('.graph-tip')?.textContent).toBe('charge cardbilling120 msfailed'),
    )
  })

  it('marks the row or message that is selected', async () => {
    const { graph } = await showGraph(`&span=${spanId('02')}-${spanId('03')}`)
    const pressed = within(graph).getAllByRole('button', { pressed: true })
    expect(pressed.map(stop => stop.getAttribute('aria-label'))).toEqual([
      'orders[3]@1042, waited 2.1 s in Kafka',
    ])
  })
})
