import type { Resource, Scope, Span, SpanEvent, SpanLink, Trace } from '@waybill/model'
import { judgeClocks } from './clock-skew.ts'
import type { SpanOutline, TraceOutline } from './outline.ts'
import { identityOf, outlineOf } from './outline.ts'
import type { SpanIdentity } from './shared-ids.ts'
import { splitSharedIds } from './shared-ids.ts'
import { dotAddresses, moveLibraryAttributes, sortAttributes } from './span-attributes.ts'
import { withWarnings } from './warnings.ts'

export interface AdjustOptions {
  /** The largest shift of a clock that is made, in nanoseconds; 0, Jaeger's default, only warns of them. */
  readonly maxSkewNano: bigint
}

/** A trace but for its id, or some of its spans with what they name. */
export type TracePiece = Omit<Trace, 'traceId'>

/** What is to be changed of one span. */
interface Change extends Partial<SpanIdentity> {
  readonly shiftNano: bigint
  readonly warnings: readonly string[]
}

/** Changes by {@link identityOf} a span; most spans have none. */
export type AdjustPlan = ReadonlyMap<string, Change>

/**
 * A trace as Jaeger's query API answers it unless `raw` is asked for (Jaeger 2.20, adjuster/standard.go): halves
 * of a call that share an id are split, spans that came twice are left out, clocks are judged, attributes are
 * sorted by key, addresses dotted, the library's attributes moved to the resource, links to nowhere dropped.
 * Events stay in the order they came, where Jaeger sorts them by name. Warnings become an attribute that
 * `takeWarnings` reads.
 */
export function adjustTrace(trace: Trace, options: AdjustOptions): Trace {
  const adjust = pieceAdjuster(planAdjustments(outlineOf(trace), options))
  return { traceId: trace.traceId, ...adjust(trace) }
}

/** What ids and clocks make necessary, which can only be told of all spans at once. */
export function planAdjustments<S extends SpanOutline>(
  outline: TraceOutline<S>,
  { maxSkewNano }: AdjustOptions,
): AdjustPlan {
  const identities = splitSharedIds(outline.spans)
  const clocks = judgeClocks(outline, identities, maxSkewNano)
  const plan = new Map<string, Change>()
  for (const [span, identity] of identities)
    plan.set(identityOf(span), { ...identity, shiftNano: 0n, warnings: [] })
  for (const [span, finding] of clocks) {
    const identity = identityOf(span)
    plan.set(identity, { ...plan.get(identity), ...finding })
  }
  return plan
}

/**
 * Adjusts a trace piece by piece, in their order. Pieces name more resources and scopes than those before, and
 * spans of one start and id lie in one piece.
 */
export function pieceAdjuster(plan: AdjustPlan): (piece: TracePiece) => TracePiece {
  const resources: Resource[] = []
  const scopes: Scope[] = []
  return piece => {
    const known = resources.length
    for (const resource of piece.resources.slice(known))
      resources.push({ ...resource, attributes: sortAttributes(dotAddresses(resource.attributes)) })
    for (const scope of piece.scopes.slice(scopes.length))
      scopes.push({ ...scope, attributes: sortAttributes(scope.attributes) })
    const spans = withoutCopies(piece.spans).map(span => {
      const resource = resources[span.resource]
      const { kept, moved, warnings } = moveLibraryAttributes(span, resource, span.resource >= known)
      if (resource !== undefined && moved.length > 0)
        resources[span.resource] = {
          ...resource,
          attributes: sortAttributes([...resource.attributes, ...moved]),
        }
      const change = plan.size === 0 ? undefined : plan.get(identityOf(span))
      return adjustSpan(kept === span.attributes ? span : { ...span, attributes: kept }, change, warnings)
    })
    return { spans, resources: [...resources], scopes: [...scopes] }
  }
}

function adjustSpan(span: Span, change: Change | undefined, moveWarnings: readonly string[]): Span {
  const links = span.links.some(leadsNowhere) ? span.links.filter(link => !leadsNowhere(link)) : span.links
  const isCut = links.length < span.links.length
  const attributes = sortAttributes(dotAddresses(span.attributes))
  const shiftNano = change?.shiftNano ?? 0n
  const adjusted = {
    ...span,
    attributes,
    events: span.events.length === 0 ? span.events : span.events.map(event => adjustEvent(event, shiftNano)),
    links:
      links.length === 0
        ? links
        : links.map(link => ({ ...link, attributes: sortAttributes(link.attributes) })),
  }
  if (change === undefined && moveWarnings.length === 0 && !isCut) return adjusted
  const warnings = [
    ...(change?.warnings ?? []),
    ...moveWarnings,
    ...(isCut ? ['Invalid span link removed'] : []),
  ]
  return {
    ...adjusted,
    ...(change?.spanId === undefined ? {} : { spanId: change.spanId }),
    ...(change?.parentSpanId === undefined ? {} : { parentSpanId: change.parentSpanId }),
    ...(shiftNano === 0n ? {} : shiftTimes(span, shiftNano)),
    attributes: withWarnings(attributes, warnings),
  }
}

function shiftTimes(
  { startTimeUnixNano, endTimeUnixNano }: Span,
  shiftNano: bigint,
): Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'> {
  return {
    startTimeUnixNano: shifted(startTimeUnixNano, shiftNano),
    endTimeUnixNano: shifted(endTimeUnixNano, shiftNano),
  }
}

/** No time lies before 1970. */
function shifted(timeUnixNano: string, shiftNano: bigint): string {
  const time = BigInt(timeUnixNano) + shiftNano
  return String(time < 0n ? 0n : time)
}

function adjustEvent(event: SpanEvent, shiftNano: bigint): SpanEvent {
  const attributes = sortAttributes(event.attributes)
  const timeUnixNano = shiftNano === 0n ? event.timeUnixNano : shifted(event.timeUnixNano, shiftNano)
  return { ...event, timeUnixNano, attributes }
}

function leadsNowhere({ traceId }: SpanLink): boolean {
  return /^0*$/.test(traceId)
}

/** Leaves out spans that are equal to one before, as a client's second try leaves them. */
function withoutCopies(spans: readonly Span[]): readonly Span[] {
  if (new Set(spans.map(span => span.spanId)).size === spans.length) return spans
  const byId = Map.groupBy(spans, span => span.spanId)
  const seen = new Set<string>()
  return spans.filter(span => {
    if (byId.get(span.spanId)?.length === 1) return true
    const content = JSON.stringify(span)
    if (seen.has(content)) return false
    seen.add(content)
    return true
  })
}
