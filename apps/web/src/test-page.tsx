import { QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router'
import { act, render } from '@testing-library/react'
import { afterEach, vi } from 'vitest'
import { makeQueryClient } from './api/questions.ts'
import { makeRouter } from './router.tsx'

/** What the server answers to a path below `/api/waybill/v1`: a body, or a status and a body. */
export type Answers = Readonly<Record<string, unknown | ((address: URL) => unknown)>>

afterEach(() => vi.unstubAllGlobals())

/**
 * Shows an address of the application in front of a server that gives the answers; what it has no answer to
 * is not found. Returns the router, for the address that the page ends at.
 */
export function showPage(address: string, answers: Answers): ReturnType<typeof makeRouter> {
  vi.stubGlobal('fetch', async (input: string) => {
    const asked = new URL(input)
    const path = asked.pathname.replace('/api/waybill/v1', '')
    const answer = answers[path]
    const body = typeof answer === 'function' ? answer(asked) : answer
    if (body instanceof Response) return body
    return body === undefined ? refusal(404, 'NOT_FOUND', 'nothing is stored') : Response.json(body)
  })
  const queryClient = makeQueryClient()
  const router = makeRouter(queryClient, createMemoryHistory({ initialEntries: [address] }))
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return router
}

/** An error as the API answers it. */
export function refusal(status: number, code: string, message: string, position?: number): Response {
  const error = {
    code,
    message,
    advice: 'Do something about it.',
    ...(position !== undefined && { position }),
  }
  return Response.json({ error }, { status })
}

/** Presses a key wherever the focus is. */
export function press(key: string): void {
  const target = document.activeElement ?? document.body
  const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true })
  act(() => {
    target.dispatchEvent(event)
  })
}
