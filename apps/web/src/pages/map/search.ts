import type { ExploreSearch } from '../explore/search.ts'

/** How many steps from the focused node are shown. */
export const focusDepths = [1, 2, 3] as const
export type FocusDepth = (typeof focusDepths)[number]

/** All that the map shows, as it stands in the address; the range as in Explore. */
export interface MapSearch extends Pick<ExploreSearch, 'last' | 'start' | 'end'> {
  /** The node that the map is narrowed to: `service shop`, `destination kafka orders`. */
  readonly focus?: string
  /** How far around it; 1 where absent. */
  readonly depth?: '2' | '3'
  /** Nodes whose names do not contain this text are dimmed. */
  readonly find?: string
  readonly view?: 'table'
}

/** Reads an address' search part; what it does not know it leaves out. */
export function readMapSearch(raw: Record<string, unknown>): MapSearch {
  const text = <Key extends string>(key: Key) =>
    typeof raw[key] === 'string' && raw[key] !== '' ? ({ [key]: raw[key] } as Record<Key, string>) : {}
  const { depth } = raw
  return {
    ...text('last'),
    ...text('start'),
    ...text('end'),
    ...text('focus'),
    ...text('find'),
    ...((depth === '2' || depth === '3') && { depth }),
    ...(raw['view'] === 'table' && { view: 'table' as const }),
  }
}

/** A change of what the map shows: what is undefined goes out of the address, what is absent stays. */
export type MapChange = { readonly [Key in keyof MapSearch]?: MapSearch[Key] | undefined }

/** What the map shows after a change. */
export function changedMap(search: MapSearch, change: MapChange): MapSearch {
  const entries = Object.entries({ ...search, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''))
}
