import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { Answers } from '../../test-page.tsx'
import { press, refusal, showPage } from '../../test-page.tsx'

const series = (service: string, errors = 0) => ({
  service,
  spans: 600,
  errors,
  spansPerSecond: 1,
  p95Nano: 96e6,
  steps: [],
})
const route = (operation: string, service: string) => ({
  system: 'kafka',
  destination: 'orders',
  operation,
  service,
  consumerGroup: operation === 'send' ? '' : service,
  messages: 600,
  errors: 0,
  bytes: 0,
  messagesPerSecond: 1,
  steps: [],
})
const answers: Answers = {
  '/dependencies': {
    links: [
      { parent: 'gateway', child: 'shop', callCount: 600, errorCount: 30 },
      { parent: 'shop', child: 'billing', callCount: 600, errorCount: 0, messageCount: 600 },
    ],
  },
  '/flow': { startUnixMs: 0, stepMs: 60_000, routes: [route('send', 'shop'), route('process', 'billing')] },
  '/red': (address: URL) => ({
    startUnixMs: 0,
    stepMs: 60_000,
    series:
      address.searchParams.get('kind') === 'server'
        ? [series('gateway', 30), series('shop', 30)]
        : [series('billing')],
  }),
  '/waits': {
    destination: 'orders',
    waits: [
      {
        consumerGroup: 'billing',
        service: 'billing',
        operation: 'process',
        messages: 600,
        p50Nano: 1e9,
        p95Nano: 2.7e9,
        p99Nano: 3e9,
        maxNano: 3e9,
      },
    ],
  },
  '/status': { version: '0.1.0', spansStored: 12 },
}

const stops = () => screen.getAllByRole('button', { name: /, (service|topic of Kafka), / })
const namesOf = () => stops().map(stop => stop.getAttribute('aria-label')?.split(',')[0])

describe('the map', () => {
  it('draws services and destinations, with rates, failures and waiting', async () => {
    showPage('/map', answers)
    const orders = await screen.findByRole('button', { name: /^orders, topic of Kafka, waited p95 2.7 s/ })
    expect(namesOf().toSorted()).toEqual(['billing', 'gateway', 'orders', 'shop'])
    expect(orders.getAttribute('aria-label')).toContain('hands to billing: 600 messages, group billing')
    expect(screen.getByRole('button', { name: /^gateway, service, 10\/min · 5 % fail/ })).toBeTruthy()
    expect(screen.getAllByText('10/min · 5 % fail').length).toBeGreaterThan(1)
    expect(screen.getByRole('link', { name: 'Map' }).className).toContain('here')
  })

  it('is one stop for Tab, and is walked through by arrows', async () => {
    showPage('/map', answers)
    await screen.findByRole('button', { name: /^orders, topic/ })
    expect(stops().filter(stop => stop.tabIndex === 0)).toHaveLength(1)
    const start = screen.getByRole('button', { name: /^gateway/ })
    start.focus()
    press('ArrowRight')
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^shop,/)
    press('ArrowRight')
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^orders,/)
    press('ArrowLeft')
    expect(document.activeElement?.getAttribute('aria-label')).toMatch(/^shop,/)
  })

  it('narrows to a node and what is around it, and goes back', async () => {
    const router = showPage('/map?last=6h', answers)
    const orders = await screen.findByRole('button', { name: /^orders, topic/ })
    orders.focus()
    await waitFor(() => expect(document.querySelector('.graph-tip')).not.toBeNull())
    press('Enter')
    const details = await screen.findByRole('complementary', { name: 'Details' })
    expect(namesOf().toSorted()).toEqual(['billing', 'orders', 'shop'])
    expect(router.state.location.search).toEqual({ last: '6h', focus: 'destination kafka orders' })
    expect(details.textContent).toContain('topic of Kafka')
    // They say all that the tip said, which lay over the neighbours.
    expect(document.querySelector('.graph-tip')).toBeNull()
    const link = within(details).getByRole('link', { name: 'Show its traces' })
    expect(link.getAttribute('href')).toBe('/?q=destination:orders&last=6h')
    fireEvent.change(screen.getByRole('combobox', { name: 'steps' }), { target: { value: '2' } })
    await waitFor(() => expect(namesOf()).toHaveLength(4))
    press('Escape')
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Details' })).toBeNull())
    expect(router.state.location.search).toEqual({ last: '6h' })
  })

  it('has nothing in the hue of errors but what failed', async () => {
    showPage('/map', answers)
    ;(await screen.findByRole('button', { name: /^shop, service/ })).focus()
    press('Enter')
    const details = await screen.findByRole('complementary', { name: 'Details' })
    const items = within(details).getAllByRole('listitem')
    const hued = items.flatMap(item =>
      [...item.querySelectorAll('.err')].map(({ textContent }) => textContent),
    )
    expect(hued).toEqual(['30 failed'])
  })

  it('finds by name, and goes to the first by Enter', async () => {
    const router = showPage('/map', answers)
    await screen.findByRole('button', { name: /^orders, topic/ })
    press('f')
    const box = screen.getByRole('searchbox', { name: 'Find a service or destination' })
    expect(document.activeElement).toBe(box)
    fireEvent.change(box, { target: { value: 'bill' } })
    await waitFor(() => expect(router.state.location.search).toEqual({ find: 'bill' }))
    fireEvent.keyDown(box, { key: 'Enter' })
    await waitFor(() => expect(router.state.location.search).toMatchObject({ focus: 'service billing' }))
  })

  it('is a table, too', async () => {
    showPage('/map?view=table', answers)
    const row = await screen.findByRole('row', { name: /gateway.*shop/ })
    expect(row.textContent).toContain('calls')
    expect(row.textContent).toContain('✕ 30 (5 %)')
    expect(await screen.findByRole('row', { name: /orders is received by billing.*2\.7 s/ })).toBeTruthy()
  })

  it('is reached by g m, and from the links of Jaeger', async () => {
    const router = showPage('/dependencies', answers)
    await screen.findByRole('button', { name: /^orders, topic/ })
    expect(router.state.location.pathname).toBe('/map')
    press('g')
    press('e')
    await waitFor(() => expect(router.state.location.pathname).toBe('/'))
    await screen.findByRole('button', { name: 'Run' })
    document.body.focus()
    ;(document.activeElement as HTMLElement).blur()
    press('g')
    press('m')
    await waitFor(() => expect(router.state.location.pathname).toBe('/map'))
  })
})

describe('a map without anything to draw', () => {
  const nothing: Answers = {
    ...answers,
    '/dependencies': { links: [] },
    '/flow': { startUnixMs: 0, stepMs: 60_000, routes: [] },
    '/red': { startUnixMs: 0, stepMs: 60_000, series: [] },
  }

  it('leads to a longer range', async () => {
    const router = showPage('/map', nothing)
    fireEvent.click(await screen.findByRole('button', { name: 'Show the last 7 days' }))
    await waitFor(() => expect(router.state.location.search).toEqual({ last: '7d' }))
  })

  it('leads to sending a first span where nothing is stored', async () => {
    showPage('/map', { ...nothing, '/status': { version: '0.1.0', spansStored: 0 } })
    expect(await screen.findByRole('link', { name: 'Send a first span' })).toBeTruthy()
  })

  it('says what to do where it cannot be read', async () => {
    showPage('/map', { ...answers, '/flow': refusal(422, 'QUERY_TOO_LARGE', 'too much') })
    expect(await screen.findByText('too much')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Try again' })).toBeTruthy()
  })

  it('says that what it is narrowed to is not in the range', async () => {
    showPage('/map?focus=service+gone', answers)
    fireEvent.click(await screen.findByRole('button', { name: 'Show all of the map' }))
    expect(await screen.findByRole('button', { name: /^orders, topic/ })).toBeTruthy()
  })
})
