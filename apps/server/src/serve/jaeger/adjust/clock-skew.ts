import type { MessageOperation } from '@waybill/model'
import { compareTimes } from '@waybill/model'
import { formatGoDuration } from './go-duration.ts'
import type { SpanOutline, TraceOutline } from './outline.ts'
import { hostOf, identityOf } from './outline.ts'
import type { SpanIdentity } from './shared-ids.ts'

/** What the clocks make of one span. */
export interface SkewFinding {
  /** Nanoseconds to add to each of its times; 0 where nothing is to be changed. */
  readonly shiftNano: bigint
  readonly warnings: readonly string[]
}

interface Node<S> {
  readonly span: S
  readonly host: string
  /** Absent as long as there are none: most spans have neither, and a trace may have tens of thousands. */
  children: Node<S>[] | undefined
  warnings: string[] | undefined
  shiftNano: bigint
}

/** What is known of the clocks on the way from the root to a span, the nearest first. */
interface Skew {
  readonly host: string
  readonly deltaNano: bigint
  readonly outer?: Skew
}

/**
 * Judges clocks by cause and effect, along the tree of a trace (after Jaeger 2.20, clockskew.go): a child on
 * another host that does not lie within its parent is centred in it, one that lasted longer starts with it at
 * the earliest, and what it caused on its host moves with it. Messages are not judged: between the send and the
 * receive lies the time in the queue, so nothing is shifted across one. Nor is work that began after its cause
 * and went on after it, but for the server's half of a call, which the client waited for.
 *
 * @param identities ids that differ from those in the outline.
 * @param maxNano a larger shift is named in a warning instead of being made; at 0, every one is.
 * @returns what there is to change or to say, by span.
 */
export function judgeClocks<S extends SpanOutline>(
  outline: TraceOutline<S>,
  identities: ReadonlyMap<S, SpanIdentity>,
  maxNano: bigint,
): ReadonlyMap<S, SkewFinding> {
  const { nodes, roots } = buildForest(outline, identities)
  const stack = roots.map(node => ({ node, skew: { host: node.host, deltaNano: 0n } as Skew }))
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { node, skew } = step
    shift(node, skew.deltaNano, maxNano)
    for (const child of node.children ?? [])
      stack.push({ node: child, skew: skewOfChild(child, node, skew, outline.operationOf) })
  }
  const findings = new Map<S, SkewFinding>()
  for (const { span, shiftNano, warnings } of nodes)
    if (warnings !== undefined) findings.set(span, { shiftNano, warnings })
  return findings
}

function buildForest<S extends SpanOutline>(
  { spans, resources }: TraceOutline<S>,
  identities: ReadonlyMap<S, SpanIdentity>,
): { readonly nodes: readonly Node<S>[]; readonly roots: readonly Node<S>[] } {
  const hosts = resources.map(hostOf)
  const nodes: Node<S>[] = []
  const byId = new Map<string, Node<S>>()
  for (const span of spans) {
    const host = hosts[span.resource] ?? ''
    const node: Node<S> = { span, host, children: undefined, warnings: undefined, shiftNano: 0n }
    const id = identityIn(identities, span).spanId
    const other = byId.get(id)
    if (other === undefined) byId.set(id, node)
    else if (identityOf(other.span) === identityOf(span)) continue
    else warn(node, 'duplicate span IDs; skipping clock skew adjustment')
    nodes.push(node)
  }
  const roots: Node<S>[] = []
  for (const node of byId.values()) {
    const { parentSpanId } = identityIn(identities, node.span)
    const parent = parentSpanId === '' ? undefined : byId.get(parentSpanId)
    if (parent?.children !== undefined) parent.children.push(node)
    else if (parent !== undefined) parent.children = [node]
    else roots.push(node)
    if (parent === undefined && parentSpanId !== '')
      warn(node, `parent span ID=${parentSpanId} is not in the trace; skipping clock skew adjustment`)
  }
  return { nodes, roots }
}

function identityIn<S extends SpanOutline>(identities: ReadonlyMap<S, SpanIdentity>, span: S): SpanIdentity {
  return identities.size === 0 ? span : (identities.get(span) ?? span)
}

function warn<S>(node: Node<S>, warning: string): void {
  node.warnings = [...(node.warnings ?? []), warning]
}

function shift<S>(node: Node<S>, deltaNano: bigint, maxNano: bigint): void {
  if (deltaNano === 0n) return
  const delta = formatGoDuration(deltaNano)
  if (maxNano === 0n) warn(node, `clock skew adjustment disabled; not applying calculated delta of ${delta}`)
  else if ((deltaNano < 0n ? -deltaNano : deltaNano) > maxNano) {
    const max = formatGoDuration(maxNano)
    warn(
      node,
      `max clock skew adjustment delta of ${max} exceeded; not applying calculated delta of ${delta}`,
    )
  } else {
    node.shiftNano = deltaNano
    warn(node, `This span's timestamps were adjusted by ${delta}`)
  }
}

function skewOfChild<S extends SpanOutline>(
  child: Node<S>,
  parent: Node<S>,
  skew: Skew,
  operationOf: (span: S) => MessageOperation | undefined,
): Skew {
  const { host } = child
  if (host === skew.host) return skew
  if (fits(child.span, parent)) return { host, deltaNano: 0n, outer: skew }
  const deltaNano = crossesQueue(child.span, parent.span, operationOf)
    ? knownDelta(host, skew)
    : skewBetween(child.span, parent)
  return { host, deltaNano, outer: skew }
}

/** Whether a child lies within its parent, by the texts of their times: true of nearly all. */
function fits<S extends SpanOutline>(child: S, { span, shiftNano }: Node<S>): boolean {
  return (
    shiftNano === 0n &&
    compareTimes(child.startTimeUnixNano, span.startTimeUnixNano) >= 0 &&
    compareTimes(child.endTimeUnixNano, span.endTimeUnixNano) <= 0
  )
}

function crossesQueue<S extends SpanOutline>(
  child: S,
  parent: S,
  operationOf: (span: S) => MessageOperation | undefined,
): boolean {
  if (parent.kind === 'producer' || child.kind === 'consumer') return true
  const took = operationOf(child)
  if (took === 'receive' || took === 'process') return true
  const gave = operationOf(parent)
  return gave === 'create' || gave === 'send'
}

/** A host whose clock was judged further up has the same clock here. */
function knownDelta(host: string, skew: Skew): bigint {
  for (let at: Skew | undefined = skew; at !== undefined; at = at.outer)
    if (at.host === host) return at.deltaNano
  return 0n
}

function skewBetween<S extends SpanOutline>(child: S, { span, shiftNano }: Node<S>): bigint {
  const start = BigInt(child.startTimeUnixNano)
  const end = BigInt(child.endTimeUnixNano)
  const parentStart = BigInt(span.startTimeUnixNano) + shiftNano
  const parentEnd = BigInt(span.endTimeUnixNano) + shiftNano
  const spare = parentEnd - parentStart - (end - start)
  const isEarly = start < parentStart
  if (spare < 0n) return isEarly ? parentStart - start : 0n
  const isCall = span.kind === 'client' && child.kind === 'server'
  if (!isEarly && (end <= parentEnd || !isCall)) return 0n
  return parentStart + spare / 2n - start
}
