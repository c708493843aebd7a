import type { WaybillError } from '@waybill/model'
import type { SpanScope } from '../otlp/request.ts'
import { RequestBuilder } from '../otlp/request.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { zipkinAttributes, zipkinTags } from './attributes.ts'
import { mayBePacked, packedEvent, packedLink } from './packed.ts'
import type { Text } from './text.ts'
import { clearText, isEmpty, KeyTable, lowerText, newText, stringOf } from './text.ts'

/** One end of a span, as it is read. */
export interface EndpointParts {
  readonly service: Text
  readonly ipv4: Text
  readonly ipv6: Text
  port: number
}

/** Numbers of OTLP's kinds. */
export const otlpKinds = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
} as const

/** Fields of OTLP's Span (opentelemetry-proto, trace/v1/trace.proto), number times 8 plus wire type. */
const field = {
  traceId: 1 * 8 + 2,
  spanId: 2 * 8 + 2,
  traceState: 3 * 8 + 2,
  parentSpanId: 4 * 8 + 2,
  name: 5 * 8 + 2,
  kind: 6 * 8,
  start: 7 * 8 + 1,
  end: 8 * 8 + 1,
  attributes: 9 * 8 + 2,
  events: 11 * 8 + 2,
  links: 13 * 8 + 2,
  status: 15 * 8 + 2,
} as const

const heldTags = [
  zipkinTags.error,
  zipkinTags.statusCode,
  zipkinTags.statusDescription,
  zipkinTags.scopeName,
  zipkinTags.scopeVersion,
  zipkinTags.traceState,
  'span.kind',
] as const
const heldTable = new KeyTable(heldTags)
const linkPrefix = Buffer.from(zipkinTags.link)

const two32 = 2 ** 32
const noScope: SpanScope = { name: '', version: '' }

/**
 * Turns Zipkin spans, told field by field in any order, into an OTLP request. Between {@link begin} and
 * {@link end} lies one span; what depends on several fields is written at its end, since the order of fields
 * means nothing in protobuf. RATIONALE.md says what becomes of what.
 */
export class OtlpSpans {
  /** Trace id (four words), span id and parent's id (two words each), in the order of the bytes. */
  readonly ids = new Int32Array(8)
  readonly localEndpoint: EndpointParts = newEndpoint()
  readonly remoteEndpoint: EndpointParts = newEndpoint()
  /** Microseconds since 1970; 0 where the span does not say. */
  timestamp = 0
  /** Microseconds; 0 where the span does not say. */
  duration = 0
  /** As OTLP numbers it. */
  kind = 0
  debug = false
  shared = false

  readonly #request = new RequestBuilder()
  readonly #writer = this.#request.spans
  readonly #arrivedMicros: number
  readonly #fail: (what: string, position: number) => WaybillError
  readonly #held = new Map<(typeof heldTags)[number], string>()
  /** Services, and the numbers of their resources. */
  readonly #services = new Map<string, number>()

  /** @param arrivedMicros the time of spans that tell none, microseconds since 1970. */
  constructor(arrivedMicros: number, fail: (what: string, position: number) => WaybillError) {
    this.#arrivedMicros = arrivedMicros
    this.#fail = fail
  }

  begin(): void {
    this.ids.fill(0)
    clearEndpoint(this.localEndpoint)
    clearEndpoint(this.remoteEndpoint)
    this.timestamp = this.duration = this.kind = 0
    this.debug = this.shared = false
    this.#held.clear()
    this.#request.begin()
  }

  name(text: Text): void {
    lowerText(text)
    this.#writer.raw(field.name, text.bytes, text.start, text.end)
  }

  tag(key: Text, value: Text): void {
    const held = heldTable.find(key)
    if (held >= 0) this.#held.set(heldTags[held] as (typeof heldTags)[number], stringOf(value))
    else if (!startsWith(key, linkPrefix) || !this.#link(value)) this.#textAttribute(key, value)
  }

  /** @param timestamp microseconds since 1970. */
  annotation(timestamp: number, value: Text, position: number): void {
    const event = this.#writer.begin(field.events)
    this.#time(1 * 8 + 1, timestamp, position)
    const packed = mayBePacked(value) ? packedEvent(stringOf(value)) : undefined
    if (packed === undefined) this.#writer.raw(2 * 8 + 2, value.bytes, value.start, value.end)
    else this.#writer.append(packed)
    this.#writer.end(event)
  }

  /** @param position where the span begins, for an error. */
  end(position: number): void {
    this.#writeIds(position)
    this.#writeTimes(position)
    const { service } = this.localEndpoint
    lowerText(service)
    this.#writeEndpoint(
      this.localEndpoint,
      zipkinAttributes.localAddress,
      zipkinAttributes.localIpv6,
      zipkinAttributes.localPort,
    )
    const { remoteEndpoint } = this
    lowerText(remoteEndpoint.service)
    if (!isEmpty(remoteEndpoint.service))
      this.#attribute(zipkinAttributes.remoteService, remoteEndpoint.service)
    this.#writeEndpoint(
      remoteEndpoint,
      zipkinAttributes.remoteAddress,
      zipkinAttributes.remoteIpv6,
      zipkinAttributes.remotePort,
    )
    if (this.debug) this.#flag(zipkinAttributes.debug)
    if (this.shared) this.#flag(zipkinAttributes.shared)
    this.#writeHeld()
    this.#request.end(this.#resourceOf(stringOf(service)), this.#scope())
  }

  /** The bytes of an ExportTraceServiceRequest with all spans; none where there were no spans. */
  finish(): Uint8Array {
    const services = [...this.#services.keys()]
    const attributes = new ProtobufWriter(256)
    return this.#request.finish(resource => {
      attributes.reset()
      const service = services[resource] ?? ''
      if (service !== '') writeText(attributes, 1 * 8 + 2, 'service.name', service)
      return attributes.finish()
    })
  }

  #writeIds(position: number): void {
    const ids = this.ids
    const [t0 = 0, t1 = 0, t2 = 0, t3 = 0, s0 = 0, s1 = 0, p0 = 0, p1 = 0] = ids
    if ((t0 | t1 | t2 | t3) === 0) throw this.#fail('a span without a trace id', position)
    if ((s0 | s1) === 0) throw this.#fail('a span without an id', position)
    this.#writer.bytes16(field.traceId, t0, t1, t2, t3)
    this.#writer.bytes8(field.spanId, s0, s1)
    // Zipkin takes a span that is its own parent for a root
    if ((p0 | p1) !== 0 && (p0 !== s0 || p1 !== s1)) this.#writer.bytes8(field.parentSpanId, p0, p1)
  }

  #writeTimes(position: number): void {
    const { timestamp, duration } = this
    const start = timestamp > 0 ? timestamp : this.#arrivedMicros
    this.#time(field.start, start, position)
    this.#time(field.end, start + Math.max(duration, 0), position)
    if (timestamp <= 0) this.#flag(zipkinAttributes.noTimestamp)
    if (duration <= 0) this.#flag(zipkinAttributes.noDuration)
  }

  /** Writes microseconds as a fixed64 field of nanoseconds, exact up to 2255. */
  #time(fieldTag: number, micros: number, position: number): void {
    const upperMicros = Math.floor(micros / two32)
    const lowerNanos = (micros - upperMicros * two32) * 1000
    const upper = upperMicros * 1000 + Math.floor(lowerNanos / two32)
    if (upper < 0 || upper >= two32) throw this.#fail('a time before 1970 or after 2554', position)
    this.#writer.fixed64Halves(fieldTag, upper | 0, (lowerNanos % two32) | 0)
  }

  #writeEndpoint(
    { ipv4, ipv6, port }: EndpointParts,
    address: string,
    second: string,
    portKey: string,
  ): void {
    const first = isEmpty(ipv4) ? ipv6 : ipv4
    if (!isEmpty(first)) this.#attribute(address, first)
    if (first === ipv4 && !isEmpty(ipv6)) this.#attribute(second, ipv6)
    if (port === 0) return
    const attribute = this.#writer.begin(field.attributes)
    this.#writer.string(1 * 8 + 2, portKey)
    const value = this.#writer.begin(2 * 8 + 2)
    this.#writer.varint(3 * 8, port)
    this.#writer.end(value)
    this.#writer.end(attribute)
  }

  /** Writes the status, and what the tags held back mean; what they do not explain stays an attribute. */
  #writeHeld(): void {
    const held = this.#held
    const writer = this.#writer
    let kind = this.kind
    if (held.size > 0) {
      const spanKind = held.get('span.kind')
      if (spanKind !== undefined) {
        if (kind === 0 && spanKind === 'internal') kind = otlpKinds.internal
        writeText(writer, field.attributes, 'span.kind', spanKind)
      }
      this.#writeStatus()
      const traceState = held.get(zipkinTags.traceState)
      if (traceState !== undefined) writer.string(field.traceState, traceState)
      const version = held.get(zipkinTags.scopeVersion)
      if (version !== undefined && !held.has(zipkinTags.scopeName))
        writeText(writer, field.attributes, zipkinTags.scopeVersion, version)
    }
    if (kind !== 0) writer.varint(field.kind, kind)
  }

  #writeStatus(): void {
    const held = this.#held
    const writer = this.#writer
    const error = held.get(zipkinTags.error)
    const stated = held.get(zipkinTags.statusCode)?.toUpperCase()
    const description = held.get(zipkinTags.statusDescription)
    if (error === undefined && stated === undefined) {
      if (description !== undefined)
        writeText(writer, field.attributes, zipkinTags.statusDescription, description)
      return
    }
    const failed = error !== undefined || stated === 'ERROR'
    // An exporter of OpenTelemetry made the tag from the status, and it is the status that is wanted back
    const isOwnWords = error !== undefined && error !== 'true' && stated === undefined
    if (isOwnWords) writeText(writer, field.attributes, zipkinTags.error, error)
    const message = description ?? (error === 'true' ? '' : (error ?? ''))
    const code = failed ? 2 : stated === 'OK' ? 1 : 0
    if (code === 0 && message === '') return
    const status = writer.begin(field.status)
    if (message !== '') writer.string(2 * 8 + 2, message)
    writer.varint(3 * 8, code)
    writer.end(status)
  }

  #link(value: Text): boolean {
    const link = packedLink(stringOf(value))
    if (link === undefined) return false
    this.#writer.raw(field.links, link)
    return true
  }

  #resourceOf(service: string): number {
    const known = this.#services.get(service)
    if (known !== undefined) return known
    this.#services.set(service, this.#services.size)
    return this.#services.size - 1
  }

  #scope(): SpanScope {
    const name = this.#held.get(zipkinTags.scopeName)
    return name ? { name, version: this.#held.get(zipkinTags.scopeVersion) ?? '' } : noScope
  }

  #textAttribute(key: Text, value: Text): void {
    const writer = this.#writer
    const attribute = writer.begin(field.attributes)
    writer.raw(1 * 8 + 2, key.bytes, key.start, key.end)
    const anyValue = writer.begin(2 * 8 + 2)
    writer.raw(1 * 8 + 2, value.bytes, value.start, value.end)
    writer.end(anyValue)
    writer.end(attribute)
  }

  #attribute(key: string, value: Text): void {
    const writer = this.#writer
    const attribute = writer.begin(field.attributes)
    writer.string(1 * 8 + 2, key)
    const anyValue = writer.begin(2 * 8 + 2)
    writer.raw(1 * 8 + 2, value.bytes, value.start, value.end)
    writer.end(anyValue)
    writer.end(attribute)
  }

  #flag(key: string): void {
    const writer = this.#writer
    const attribute = writer.begin(field.attributes)
    writer.string(1 * 8 + 2, key)
    const value = writer.begin(2 * 8 + 2)
    writer.varint(2 * 8, 1)
    writer.end(value)
    writer.end(attribute)
  }
}

/** An endpoint of which nothing is known. */
export function newEndpoint(): EndpointParts {
  return { service: newText(), ipv4: newText(), ipv6: newText(), port: 0 }
}

/** Forgets what is known of an endpoint. */
export function clearEndpoint(endpoint: EndpointParts): void {
  clearText(endpoint.service)
  clearText(endpoint.ipv4)
  clearText(endpoint.ipv6)
  endpoint.port = 0
}

function startsWith({ bytes, start, end }: Text, prefix: Uint8Array): boolean {
  if (end - start < prefix.length) return false
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false
  return true
}

function writeText(writer: ProtobufWriter, fieldTag: number, key: string, value: string): void {
  const attribute = writer.begin(fieldTag)
  writer.string(1 * 8 + 2, key)
  const anyValue = writer.begin(2 * 8 + 2)
  writer.string(1 * 8 + 2, value)
  writer.end(anyValue)
  writer.end(attribute)
}
