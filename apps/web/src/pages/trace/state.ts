import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { TraceSearch } from './search.ts'

const route = getRouteApi('/trace/$traceId')

/**
 * How long the page may be ahead of its address, in milliseconds. Browsers refuse to change an address more
 * than some twenty times a second, and a held key changes the selection faster than that.
 */
const behindMs = 150

export type TraceChange = { readonly [Key in keyof TraceSearch]?: TraceSearch[Key] | undefined }

/** What the page shows, and a way to change it. Changes show at once and reach the address soon after. */
export function useTraceState(): readonly [TraceSearch, (change: TraceChange) => void] {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [state, setState] = useState(search)
  const [address, setAddress] = useState(search)
  // Back, forward, or a link within the trace: the address leads.
  if (!same(search, address)) {
    setAddress(search)
    setState(search)
  }
  useEffect(() => {
    if (same(state, address)) return
    const timer = setTimeout(() => {
      setAddress(state)
      void navigate({ search: state, replace: true })
    }, behindMs)
    return () => clearTimeout(timer)
  }, [state, address, navigate])
  return [state, change => setState(before => merge(before, change))]
}

function merge(search: TraceSearch, change: TraceChange): TraceSearch {
  const entries = Object.entries({ ...search, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''))
}

function same(a: TraceSearch, b: TraceSearch): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof TraceSearch>
  return [...keys].every(key => a[key] === b[key])
}
