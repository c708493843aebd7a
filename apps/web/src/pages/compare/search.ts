/** All that the comparison shows, as it stands in the address. */
export interface CompareSearch {
  /** Ids of the two traces, as they were given. */
  readonly a?: string
  readonly b?: string
  /** `difference`: the largest differences first, instead of the order of the tree. */
  readonly sort?: 'difference'
  /** `differing`: only steps that differ. */
  readonly show?: 'differing'
  /** The side that another trace is being chosen for. */
  readonly choose?: SideName
}

export type SideName = 'a' | 'b'

/** Reads an address' search part; what it does not know it leaves out. */
export function readCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const { a, b, choose } = raw
  return {
    ...(typeof a === 'string' && a.trim() !== '' && { a: a.trim() }),
    ...(typeof b === 'string' && b.trim() !== '' && { b: b.trim() }),
    ...(raw['sort'] === 'difference' && { sort: 'difference' as const }),
    ...(raw['show'] === 'differing' && { show: 'differing' as const }),
    ...((choose === 'a' || choose === 'b') && { choose }),
  }
}

export type CompareChange = { readonly [Key in keyof CompareSearch]?: CompareSearch[Key] | undefined }

/** What the comparison shows after a change. */
export function changed(search: CompareSearch, change: CompareChange): CompareSearch {
  const entries = Object.entries({ ...search, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''))
}

/** The same comparison with A and B in each other's place. */
export function swapped(search: CompareSearch): CompareSearch {
  return changed(search, { a: search.b, b: search.a })
}
