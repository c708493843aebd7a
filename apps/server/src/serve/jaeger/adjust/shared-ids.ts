import type { SpanId } from '@waybill/model'
import type { SpanOutline } from './outline.ts'

/** The id of a span and that of its parent, after the halves of calls have ids of their own. */
export interface SpanIdentity {
  readonly spanId: SpanId
  readonly parentSpanId: SpanId | ''
}

/** A client that makes no ids of its own may give one to every span: what is asked of each is looked up. */
interface SharedId<S> {
  readonly client: S
  /** The new id of each SERVER half, */
  readonly servers: ReadonlyMap<S, SpanId>
  /** of the first one of each service, */
  readonly ofServices: ReadonlyMap<string, SpanId>
  /** and of the last one. */
  readonly last: SpanId
}

/**
 * Zipkin's B3 propagation gives both halves of a call one id. The SERVER half of an id that it shares with a
 * CLIENT half gets the next id that is free in the trace, counting from 1, and hangs under the CLIENT half
 * (Jaeger 2.20, spaniduniquifier.go). What hung under the shared id hangs under the half of its own service,
 * and where that does not tell, under the SERVER half.
 *
 * @returns what is different, by span; other spans stay as they are.
 */
export function splitSharedIds<S extends SpanOutline>(spans: readonly S[]): ReadonlyMap<S, SpanIdentity> {
  const changed = new Map<S, SpanIdentity>()
  const shared = findShared(spans)
  if (shared.size === 0) return changed
  for (const span of spans) {
    const newId = shared.get(span.spanId)?.servers.get(span)
    if (newId !== undefined) changed.set(span, { spanId: newId, parentSpanId: span.spanId })
    else if (span.parentSpanId !== '') {
      const call = shared.get(span.parentSpanId)
      const parentSpanId = call && halfOf(call, span)
      if (parentSpanId !== undefined) changed.set(span, { spanId: span.spanId, parentSpanId })
    }
  }
  return changed
}

function findShared<S extends SpanOutline>(spans: readonly S[]): ReadonlyMap<SpanId, SharedId<S>> {
  const shared = new Map<SpanId, SharedId<S>>()
  const used = new Set(spans.map(span => span.spanId))
  if (used.size === spans.length) return shared
  let last = 0n
  const nextFree = (): SpanId => {
    for (;;) {
      last++
      const id = last.toString(16).padStart(16, '0') as SpanId
      if (!used.has(id)) return id
    }
  }
  for (const [spanId, some] of Map.groupBy(spans, span => span.spanId)) {
    const client = some.length < 2 ? undefined : some.find(span => span.kind === 'client')
    if (client === undefined) continue
    const servers = new Map<S, SpanId>()
    const ofServices = new Map<string, SpanId>()
    let newId: SpanId | undefined
    for (const server of some) {
      if (server.kind !== 'server') continue
      newId = nextFree()
      servers.set(server, newId)
      if (!ofServices.has(server.service)) ofServices.set(server.service, newId)
    }
    if (newId !== undefined) shared.set(spanId, { client, servers, ofServices, last: newId })
  }
  return shared
}

/** The new id to hang under; undefined where the CLIENT half, which keeps its id, is the parent. */
function halfOf<S extends SpanOutline>(
  { client, ofServices, last }: SharedId<S>,
  child: S,
): SpanId | undefined {
  return ofServices.get(child.service) ?? (client.service === child.service ? undefined : last)
}
