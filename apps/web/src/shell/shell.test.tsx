import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { press, showPage } from '../test-page.tsx'

const answers = {
  '/traces': { traces: [], tookMs: 1 },
  '/histogram': { stepMs: 1, startUnixMs: 0, buckets: [], total: 0 },
  '/facets': { facets: [] },
  '/status': { version: '0', startedUnixMs: 0, spansStored: 1, receivers: [] },
}

describe('the theme', () => {
  beforeEach(() => localStorage.clear())

  it('follows the system until one is chosen, and goes round', async () => {
    showPage('/', answers)
    const button = await screen.findByRole('button', { name: /^Theme: as the system/ })
    const shown = () => document.documentElement.dataset['theme']
    fireEvent.click(button)
    expect(shown()).toBe('light')
    fireEvent.click(button)
    expect(shown()).toBe('dark')
    expect(localStorage.getItem('waybill.theme')).toBe('dark')
    fireEvent.click(button)
    expect(shown()).toBeUndefined()
  })
})

describe('the keys', () => {
  it('are all shown on ?', async () => {
    showPage('/', answers)
    await screen.findByRole('heading', { name: 'No trace matches' })
    press('?')
    const dialog = await screen.findByRole('dialog', { name: 'Keys' })
    expect(within(dialog).getByText('Go to the query')).toBeTruthy()
    expect(within(dialog).getByText('Next trace')).toBeTruthy()
    fireEvent.click(within(dialog).getByRole('button', { name: 'Close' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('lead to the query', async () => {
    showPage('/', answers)
    await screen.findByRole('heading', { name: 'No trace matches' })
    press('/')
    expect(document.activeElement?.className).toBe('query-editor')
  })

  it('are left to what is typed into', async () => {
    showPage('/', answers)
    await screen.findByRole('heading', { name: 'No trace matches' })
    press('/')
    const content = document.activeElement?.shadowRoot?.activeElement
    content?.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true, composed: true }))
    expect(screen.queryByRole('dialog')).toBeNull()
  })
})

it('offers the range of time where it is needed', async () => {
  const router = showPage('/', answers)
  fireEvent.click(await screen.findByRole('button', { name: 'Time range: Last 1 h' }))
  fireEvent.click(await screen.findByRole('button', { name: '6 h' }))
  await waitFor(() => expect(router.state.location.search).toEqual({ last: '6h' }))
  fireEvent.click(screen.getByRole('button', { name: 'Time range: Last 6 h' }))
  fireEvent.change(await screen.findByLabelText('From'), { target: { value: '2026-11-21T08:00:00' } })
  fireEvent.change(screen.getByLabelText('To'), { target: { value: '2026-11-21T07:00:00' } })
  expect(screen.getByText('The end must be later than the start.')).toBeTruthy()
  fireEvent.change(screen.getByLabelText('To'), { target: { value: '2026-11-21T09:30:00' } })
  fireEvent.click(screen.getByRole('button', { name: 'Apply' }))
  const start = new Date(2026, 10, 21, 8).toISOString()
  const end = new Date(2026, 10, 21, 9, 30).toISOString()
  await waitFor(() => expect(router.state.location.search).toEqual({ start, end }))
})
