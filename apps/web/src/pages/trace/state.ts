import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
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
  const { history } = useRouter()
  const [path] = useState(() => history.location.pathname)
  const [state, setState] = useState(search)
  const address = useRef(search)
  /** What was written to the address and has not come back from it yet. */
  const written = useRef<TraceSearch[]>([])
  useEffect(() => {
    address.current = search
    const place = written.current.findIndex(earlier => same(earlier, search))
    // Back, forward, or a link within the trace: the address leads.
    if (place === -1) setState(before => (same(before, search) ? before : search))
    else written.current.splice(0, place + 1)
  }, [search])
  useEffect(() => {
    const timer = setTimeout(() => {
      // The page may already be on its way to another, whose code is still loading.
      if (same(state, address.current) || history.location.pathname !== path) return
      written.current.push(state)
      void navigate({ search: state, replace: true, resetScroll: false })
    }, behindMs)
    return () => clearTimeout(timer)
  }, [state, navigate, history, path])
  const change = useCallback((wanted: TraceChange) => setState(before => merge(before, wanted)), [])
  return [state, change]
}

function merge(search: TraceSearch, change: TraceChange): TraceSearch {
  const entries = Object.entries({ ...search, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''))
}

function same(a: TraceSearch, b: TraceSearch): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof TraceSearch>
  return [...keys].every(key => a[key] === b[key])
}
