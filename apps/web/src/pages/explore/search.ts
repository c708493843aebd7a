import { readMarks } from './marks.ts'

/** All that Explore shows, as it stands in the address. Times are RFC 3339 texts or milliseconds. */
export interface ExploreSearch {
  readonly q?: string
  /** A range that ends now, such as `1h`; it gives way to `start` and `end`. */
  readonly last?: string
  readonly start?: string
  readonly end?: string
  readonly view?: 'table'
  /** `slowest` traces first, instead of the newest. */
  readonly sort?: 'slowest'
  /** Ids of the traces that are marked to be compared, one or two, with a comma between. */
  readonly marked?: string
}

/** The range that is shown where the address names none; the server's own default. */
export const defaultLast = '1h'

/** Reads an address' search part; what it does not know it leaves out. */
export function readExploreSearch(raw: Record<string, unknown>): ExploreSearch {
  const text = (key: string) =>
    typeof raw[key] === 'string' && raw[key] !== '' ? String(raw[key]) : undefined
  const { q, last, start, end } = { q: text('q'), last: text('last'), start: text('start'), end: text('end') }
  const marked = readMarks(text('marked')).join(',')
  return {
    ...(q !== undefined && { q }),
    ...(last !== undefined && { last }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(raw['view'] === 'table' && { view: 'table' as const }),
    ...(raw['sort'] === 'slowest' && { sort: 'slowest' as const }),
    ...(marked !== '' && { marked }),
  }
}

/** What the API is asked for an address: its range, or the default one. */
export function rangeOf(search: ExploreSearch): {
  readonly q: string | undefined
  readonly last: string | undefined
  readonly start: string | undefined
  readonly end: string | undefined
} {
  const absolute = search.start !== undefined || search.end !== undefined
  return {
    q: search.q,
    last: absolute ? undefined : (search.last ?? defaultLast),
    start: search.start,
    end: search.end,
  }
}

/** A change of what Explore shows: what is undefined goes out of the address, what is absent stays. */
export type ExploreChange = { readonly [Key in keyof ExploreSearch]?: ExploreSearch[Key] | undefined }

/** What Explore shows after a change. */
export function changed(search: ExploreSearch, change: ExploreChange): ExploreSearch {
  const entries = Object.entries({ ...search, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''))
}

/** The change to a range that ends now. */
export function toLast(last: string): ExploreChange {
  return { last, start: undefined, end: undefined }
}
