import { useEffect, useRef } from 'react'
import type { ExploreSearch } from '../pages/explore/search.ts'

let last: ExploreSearch = {}

/** What Explore showed when it was left, so that going back, or adding to the query, continues there. */
export function lastExplore(): ExploreSearch {
  return last
}

/** Remembers what Explore shows; it is called whenever that changes. */
export function rememberExplore(search: ExploreSearch): void {
  last = search
}

let listener: (() => void) | undefined
let asked = false

/** Asks Explore to go to its query, now, or as soon as it is shown. */
export function askForQuery(): void {
  if (listener === undefined) asked = true
  else listener()
}

/** Goes to the query whenever that is asked for, for as long as the calling component is on the page. */
export function useQueryAsked(go: () => void): void {
  const latest = useRef(go)
  latest.current = go
  useEffect(() => {
    listener = () => latest.current()
    if (asked) listener()
    asked = false
    return () => {
      listener = undefined
    }
  }, [])
}
