/** Tabs of a trace's page, `timeline` first. */
export const traceTabs = ['timeline', 'graph', 'messages', 'events', 'json'] as const
export type TraceTab = (typeof traceTabs)[number]

/** All that a trace's page shows, as it stands in the address. */
export interface TraceSearch {
  readonly tab?: Exclude<TraceTab, 'timeline'>
  /** The selected row: a span's id, or those of a message's two ends, `producer-consumer`. */
  readonly span?: string
  /** What the timeline is narrowed to. */
  readonly filter?: string
  /** The part of the trace that is drawn, nanoseconds from its start: `1000000..25000000`. */
  readonly zoom?: string
  /** `off` where gaps are drawn at full length. */
  readonly fold?: 'off'
  /** `off` where the critical path is not drawn. */
  readonly path?: 'off'
}

/** Reads an address' search part; what it does not know it leaves out. */
export function readTraceSearch(raw: Record<string, unknown>): TraceSearch {
  const tab = traceTabs.find(name => name === raw['tab'])
  const { span, filter, zoom } = raw
  return {
    ...(tab !== undefined && tab !== 'timeline' && { tab }),
    ...(typeof span === 'string' && /^[0-9a-f]{16}(-[0-9a-f]{16})?$/.test(span) && { span }),
    ...(typeof filter === 'string' && filter !== '' && { filter }),
    ...(typeof zoom === 'string' && readZoom(zoom) !== undefined && { zoom }),
    ...(raw['fold'] === 'off' && { fold: 'off' as const }),
    ...(raw['path'] === 'off' && { path: 'off' as const }),
  }
}

/** The two ends of a zoom, nanoseconds from the start of the trace. */
export function readZoom(
  text: string | undefined,
): { readonly startNano: number; readonly endNano: number } | undefined {
  const [, start, end] = /^(-?\d{1,18})\.\.(-?\d{1,18})$/.exec(text ?? '') ?? []
  if (start === undefined || end === undefined || Number(start) >= Number(end)) return undefined
  return { startNano: Number(start), endNano: Number(end) }
}

/** Writes a zoom as {@link readZoom} reads it. */
export function writeZoom(zoom: { readonly startNano: number; readonly endNano: number }): string {
  return `${Math.round(zoom.startNano)}..${Math.round(zoom.endNano)}`
}
