import type { CausalSpan } from './light-span.ts'

/** A call whose halves have one id, by their places in the list of spans. */
interface SharedCall {
  readonly client: number
  /** The half of each service, the server's where both are of one. */
  readonly halfOf: ReadonlyMap<string, number>
  readonly server: number
}

/**
 * Zipkin's B3 propagation gives both halves of a call one id, and the client's parent. So the cause of a SERVER
 * half is the CLIENT half, and what names their id as its parent was caused by the half of its own service; where
 * that does not tell, by the SERVER half.
 *
 * @param places the first span of each id.
 * @returns the place of a span's cause, by the span's: undefined where it is not stored, -1 where there is none.
 */
export function causeByIds(
  spans: readonly CausalSpan[],
  places: ReadonlyMap<string, number>,
): (place: number) => number | undefined {
  const calls = places.size === spans.length ? undefined : sharedCalls(spans)
  return place => {
    const { spanId, parentSpanId, kind, service } = spans[place] as CausalSpan
    const own = kind === 'server' ? calls?.get(spanId) : undefined
    if (own !== undefined) return own.client
    if (parentSpanId === '') return -1
    const call = calls?.get(parentSpanId)
    return call === undefined ? places.get(parentSpanId) : (call.halfOf.get(service) ?? call.server)
  }
}

function sharedCalls(spans: readonly CausalSpan[]): ReadonlyMap<string, SharedCall> {
  const calls = new Map<string, SharedCall>()
  for (const [spanId, sharing] of Map.groupBy(spans.keys(), place => spans[place]?.spanId ?? '')) {
    if (sharing.length < 2) continue
    const client = sharing.find(place => spans[place]?.kind === 'client')
    const servers = sharing.filter(place => spans[place]?.kind === 'server')
    const server = servers.at(-1)
    if (client === undefined || server === undefined) continue
    const halves = [client, ...servers].map(place => [spans[place]?.service ?? '', place] as const)
    calls.set(spanId, { client, server, halfOf: new Map(halves) })
  }
  return calls
}
