import type { WaybillError } from '@waybill/model'
import type { SpanScope } from '../otlp/request.ts'
import type { ProtobufWriter } from '../protobuf/writer.ts'
import { KnownTags, knownKeys } from './known-tags.ts'
import type { Int64, Reference, SpanIds } from './references.ts'
import { isZero, newIds, parentOf, writeLinks } from './references.ts'
import { takeStatus } from './status.ts'
import { tagText, writeBool } from './tag.ts'

const spanKeys = knownKeys(
  'span.kind',
  'error',
  'otel.status_code',
  'otel.status_description',
  'http.status_code',
  'http.status_message',
  'w3c.tracestate',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
)

/** Values of the tag span.kind, at the places that OTLP's Span.SpanKind numbers. */
const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer']

/** Bits of Span.flags in Jaeger's clients. */
const jaegerFlags = { sampled: 1, debug: 2, firehose: 8 } as const

/** Span.attributes of OTLP. */
export const spanAttributes = 9 * 8 + 2

/** Of a log's fields, the one that names the event. */
export const eventKeys = knownKeys('event')

const noScope: SpanScope = { name: '', version: '' }

/** The error for a span at an offset, in the format that was read. */
export type Fail = (what: string, position: number) => WaybillError

/**
 * What several fields of a Jaeger span mean together, whichever format it came in: ids and references, flags,
 * and the tags that are fields of their own in OTLP. Filled while the span is read, written at its end, since
 * the order of fields means nothing in protobuf.
 */
export class SpanMeaning {
  readonly ids: SpanIds = newIds()
  /** Zero where the span names its parent only among its references. */
  readonly parent: Int64 = { high: 0, low: 0 }
  readonly tags = new KnownTags(spanKeys)
  references: readonly Reference[] = []
  flags = 0
  private readonly writer: ProtobufWriter
  private readonly fail: Fail

  constructor(writer: ProtobufWriter, fail: Fail) {
    this.writer = writer
    this.fail = fail
  }

  /** Forgets the span before. */
  begin(): void {
    this.tags.clear()
    this.references = []
    this.flags = 0
    for (const id of [this.ids.traceHigh, this.ids.traceLow, this.ids.spanId, this.parent])
      id.high = id.low = 0
  }

  /**
   * Writes all of it.
   *
   * @param bytes what the tags lie in.
   * @param at where the span began.
   * @returns the scope that the span belongs to.
   */
  write(bytes: Uint8Array, at: number): SpanScope {
    this.writeIds(at)
    this.writeFlags()
    return this.writeKnownTags(bytes)
  }

  private writeIds(at: number): void {
    const writer = this.writer
    const { ids, references } = this
    if (isZero(ids.traceHigh) && isZero(ids.traceLow)) throw this.fail('a span whose trace id is zero', at)
    if (isZero(ids.spanId)) throw this.fail('a span whose id is zero', at)
    writer.bytes16(1 * 8 + 2, ids.traceHigh.high, ids.traceHigh.low, ids.traceLow.high, ids.traceLow.low)
    writer.bytes8(2 * 8 + 2, ids.spanId.high, ids.spanId.low)
    const parent = isZero(this.parent) ? parentOf(references, ids) : this.parent
    if (parent) writer.bytes8(4 * 8 + 2, parent.high, parent.low)
    writeLinks(writer, references, ids, parent)
  }

  /** OTLP's flags are those of W3C Trace Context: of Jaeger's, only "sampled" is one of them. */
  private writeFlags(): void {
    const writer = this.writer
    const flags = this.flags
    if (flags & jaegerFlags.sampled) writer.fixed32(16 * 8 + 5, 1)
    if (flags & jaegerFlags.debug) writeBool(writer, spanAttributes, 'jaeger.debug', true)
    if (flags & jaegerFlags.firehose) writeBool(writer, spanAttributes, 'jaeger.firehose', true)
  }

  /** Writes what the tags held back mean; what they do not explain stays an attribute. */
  private writeKnownTags(bytes: Uint8Array): SpanScope {
    const writer = this.writer
    const tags = this.tags
    const kind = kinds.indexOf(tagText(tags.get('span.kind'), bytes) ?? '-')
    if (kind > 0) {
      tags.take('span.kind')
      writer.varint(6 * 8, kind)
    }
    const { code, message } = takeStatus(tags, kind, bytes)
    if (code !== 0 || message !== '') {
      const status = writer.begin(15 * 8 + 2)
      if (message !== '') writer.string(2 * 8 + 2, message)
      writer.varint(3 * 8, code)
      writer.end(status)
    }
    const traceState = tagText(tags.get('w3c.tracestate'), bytes)
    if (traceState !== undefined) {
      tags.take('w3c.tracestate')
      writer.string(3 * 8 + 2, traceState)
    }
    const scope = this.takeScope('otel.scope', bytes) ?? this.takeScope('otel.library', bytes) ?? noScope
    tags.writeRest(writer, spanAttributes, bytes)
    return scope
  }

  private takeScope(prefix: 'otel.scope' | 'otel.library', bytes: Uint8Array): SpanScope | undefined {
    const { tags } = this
    const name = tagText(tags.get(`${prefix}.name`), bytes)
    if (name === undefined) return undefined
    tags.take(`${prefix}.name`)
    const version = tagText(tags.get(`${prefix}.version`), bytes)
    if (version !== undefined) tags.take(`${prefix}.version`)
    return { name, version: version ?? '' }
  }
}
