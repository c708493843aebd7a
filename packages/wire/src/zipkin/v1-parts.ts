import type { ZipkinAnnotation, ZipkinEndpoint, ZipkinKind } from './span.ts'
import type { Text } from './text.ts'
import { isEmpty, stringOf } from './text.ts'
import type { V1Annotation, V1Span } from './v1-span.ts'

/** What one process did in a v1 span: a span of the v2 model, but for the ids. */
export interface V1Part {
  kind: ZipkinKind | undefined
  timestamp: number
  duration: number
  local: ZipkinEndpoint | undefined
  remote: ZipkinEndpoint | undefined
  shared: boolean
  readonly annotations: ZipkinAnnotation[]
  readonly tags: (readonly [key: Text, value: Text])[]
}

/**
 * Annotations that say where a span begins and ends (zipkin-api, zipkinCore.thrift): client sent and received,
 * server received and sent, message sent and received, and the wire's.
 */
type Core = Partial<Record<'cs' | 'cr' | 'sr' | 'ss' | 'ms' | 'mr' | 'ws' | 'wr', Located>>
type Located = V1Annotation & { readonly endpoint: ZipkinEndpoint }

const kinds: Readonly<Record<keyof Core, ZipkinKind | undefined>> = {
  cs: 'CLIENT',
  cr: 'CLIENT',
  sr: 'SERVER',
  ss: 'SERVER',
  ms: 'PRODUCER',
  mr: 'CONSUMER',
  ws: undefined,
  wr: undefined,
}

/**
 * Tells a v1 span apart into what each process did in it, by the rules that Zipkin's own server has
 * (V1SpanConverter): one part for each service, and two where a service called itself. Where both sides of a call
 * are there, the server's is shared; so is one whose sender left the time to the client.
 *
 * @returns one part at least.
 */
export function v1Parts(span: V1Span): readonly V1Part[] {
  const parts = new Parts()
  const core: Core = {}
  for (const annotation of span.annotations) {
    const part = parts.of(annotation.endpoint)
    const { value } = annotation
    if (!isCore(value) || !isLocated(annotation)) {
      part.annotations.push({ timestamp: annotation.timestamp, value })
      continue
    }
    core[value] = annotation
    part.kind = kinds[value] ?? part.kind
  }
  recoverStarts(span, core)
  timeCall(span, core, parts)
  timeMessage(span, core, parts)
  addTags(span, parts)
  addAddresses(span, core, parts)
  return parts.all
}

class Parts {
  readonly all: V1Part[] = [newPart(undefined)]
  /** The first part of each service, by {@link nameOf}: a span may name as many as its bytes hold. */
  readonly #ofServices = new Map<string, V1Part>()

  /** What has no endpoint belongs to the first. */
  get first(): V1Part {
    return this.all[0] as V1Part
  }

  /** The part of a service; the first one to be named takes the first part. */
  of(endpoint: ZipkinEndpoint | undefined): V1Part {
    if (endpoint === undefined) return this.first
    if (this.first.local === endpoint) return this.first
    if (this.first.local === undefined) {
      this.first.local = endpoint
      this.#ofServices.set(nameOf(endpoint), this.first)
      return this.first
    }
    return this.#ofServices.get(nameOf(endpoint)) ?? this.add(endpoint)
  }

  add(endpoint: ZipkinEndpoint): V1Part {
    const part = newPart(endpoint)
    this.all.push(part)
    const name = nameOf(endpoint)
    if (!this.#ofServices.has(name)) this.#ofServices.set(name, part)
    return part
  }

  /** The parts of two sides: two of them, also where a service talked to itself. */
  pair(
    near: ZipkinEndpoint,
    far: ZipkinEndpoint,
    nearKind: ZipkinKind,
    farKind: ZipkinKind,
  ): [V1Part, V1Part] {
    const first = this.of(near)
    if (!isSameService(near, far)) return [first, this.of(far)]
    first.kind = nearKind
    const second = this.add(far)
    second.kind = farKind
    return [first, second]
  }
}

function newPart(local: ZipkinEndpoint | undefined): V1Part {
  return {
    kind: undefined,
    timestamp: 0,
    duration: 0,
    local,
    remote: undefined,
    shared: false,
    annotations: [],
    tags: [],
  }
}

function isCore(value: string): value is keyof Core {
  return Object.hasOwn(kinds, value)
}

function isLocated(annotation: V1Annotation): annotation is Located {
  return annotation.endpoint !== undefined
}

/** By which services are told apart: all that have no name are one. */
function nameOf({ serviceName }: ZipkinEndpoint): string {
  return serviceName?.toLowerCase() ?? ''
}

function isSameService(left: ZipkinEndpoint, right: ZipkinEndpoint): boolean {
  return left === right || nameOf(left) === nameOf(right)
}

/** Bridges from other models send only the end: the span's own time is the start where the two agree. */
function recoverStarts({ timestamp, duration }: V1Span, core: Core): void {
  for (const [begin, end] of [
    ['cs', 'cr'],
    ['sr', 'ss'],
  ] as const) {
    const ended = core[end]
    if (core[begin] || !ended || timestamp === 0 || duration === 0) continue
    if (timestamp + duration === ended.timestamp) core[begin] = { ...ended, timestamp, value: begin }
  }
}

/** The span's own times where it has both, else those of the annotations. */
function setTimes(span: V1Span, part: V1Part, begin: Located, end: Located | undefined): void {
  const isTimed = span.timestamp !== 0 && span.duration !== 0
  part.timestamp = isTimed ? span.timestamp : begin.timestamp
  if (isTimed) part.duration = span.duration
  else if (end) part.duration = end.timestamp - begin.timestamp
}

function timeCall(span: V1Span, core: Core, parts: Parts): void {
  const { cs, cr, sr, ss } = core
  if (cs && sr) {
    const [client, server] = parts.pair(cs.endpoint, sr.endpoint, 'CLIENT', 'SERVER')
    setTimes(span, client, cs, cr)
    server.shared = true
    server.timestamp = sr.timestamp
    if (ss) server.duration = ss.timestamp - sr.timestamp
  } else if (cs && cr) setTimes(span, parts.of(cs.endpoint), cs, cr)
  else if (sr && ss) setTimes(span, parts.of(sr.endpoint), sr, ss)
  else timeIncomplete(span, core, parts)
  // There was no flag in v1: by convention the server left out the times that the client tells.
  if (!cs && sr && (span.timestamp === 0 || (ss && span.duration === 0))) parts.of(sr.endpoint).shared = true
}

function timeIncomplete(span: V1Span, { cs, cr, sr, ss }: Core, parts: Parts): void {
  for (const part of parts.all) {
    const isClient = part.kind === 'CLIENT'
    if (!isClient && part.kind !== 'SERVER') continue
    const [begin, end] = isClient ? [cs, cr] : [sr, ss]
    if (begin) part.timestamp = begin.timestamp
    if (end) part.annotations.push({ timestamp: end.timestamp, value: end.value })
  }
  if (span.timestamp === 0) return
  parts.first.timestamp = span.timestamp
  parts.first.duration = span.duration
}

function timeMessage(span: V1Span, { ms, mr, ws, wr }: Core, parts: Parts): void {
  if (ms && mr) {
    const [producer, consumer] = parts.pair(ms.endpoint, mr.endpoint, 'PRODUCER', 'CONSUMER')
    producer.timestamp = ms.timestamp
    producer.duration = ws ? ws.timestamp - ms.timestamp : 0
    consumer.shared = true
    consumer.timestamp = (wr ?? mr).timestamp
    if (wr) consumer.duration = mr.timestamp - wr.timestamp
  } else if (ms) setTimes(span, parts.of(ms.endpoint), ms, ws)
  else if (mr) setTimes(span, parts.of(mr.endpoint), wr ?? mr, wr && mr)
  else
    for (const wire of [ws, wr])
      if (wire) parts.of(wire.endpoint).annotations.push({ timestamp: wire.timestamp, value: wire.value })
}

function addTags({ binaryAnnotations }: V1Span, parts: Parts): void {
  for (const { key, value, endpoint } of binaryAnnotations) {
    if (value === undefined) continue
    const part = parts.of(endpoint)
    // Only there to name the service
    if (!isEmpty(value) || stringOf(key) !== 'lc') part.tags.push([key, value])
  }
}

function addAddresses({ binaryAnnotations }: V1Span, core: Core, parts: Parts): void {
  const address = (key: string): ZipkinEndpoint | undefined =>
    binaryAnnotations.findLast(one => one.value === undefined && stringOf(one.key) === key)?.endpoint
  const [ca, sa, ma] = [address('ca'), address('sa'), address('ma')]
  const { cs, cr, sr, ss, ms, mr } = core
  const client = cs ?? cr
  const server = sr ?? ss
  if (!client && !server) {
    if (ca && sa) parts.of(ca).remote = sa
    else if (sa) parts.first.remote = sa
    else if (ca) {
      parts.first.kind = 'SERVER'
      parts.first.remote = ca
    }
  }
  if (ca && server && JSON.stringify(ca) !== JSON.stringify(server.endpoint)) {
    // Finagle names the client's port by the server's own name, which would be a call to itself
    const { serviceName: _, ...nameless } = ca
    parts.of(server.endpoint).remote = isSameService(ca, server.endpoint) ? nameless : ca
  }
  if (sa && client) parts.of(client.endpoint).remote = sa
  if (ma) for (const end of [ms, mr]) if (end) parts.of(end.endpoint).remote = ma
}
