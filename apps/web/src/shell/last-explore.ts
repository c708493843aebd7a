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
