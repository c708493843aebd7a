import type { ProtobufWriter } from '../protobuf/writer.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import { KnownTags } from './known-tags.ts'
import type { Int64, Reference, SpanIds } from './references.ts'
import { isZero, newIds, parentOf, readInt64, readReferences, writeLinks } from './references.ts'
import { takeStatus } from './status.ts'
import { tagText, writeBool } from './tag.ts'
import { writeMicros } from './time.ts'

const spanKeys = [
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
] as const

/** Values of the tag span.kind, at the places that OTLP's Span.SpanKind numbers. */
const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer']

/** Bits of Span.flags in Jaeger's clients. */
const jaegerFlags = { sampled: 1, debug: 2, firehose: 8 } as const

const attributes = 9 * 8 + 2

/** The instrumentation that a span's tags name; empty strings where they name none. */
export interface SpanScope {
  readonly name: string
  readonly version: string
}

/**
 * Turns the spans of one batch into OTLP's Span messages, one after the other. Attributes and events are
 * written as they are read; what depends on several fields follows at the end of the message, since the
 * order of fields means nothing in protobuf.
 */
export class SpanTranscoder {
  private readonly reader: ThriftReader
  private readonly writer: ProtobufWriter
  private readonly tags = new KnownTags(spanKeys)
  private readonly logTags = new KnownTags(['event'])
  private readonly ids: SpanIds = newIds()
  private readonly parent: Int64 = { high: 0, low: 0 }
  private readonly startTime: Int64 = { high: 0, low: 0 }
  private readonly duration: Int64 = { high: 0, low: 0 }
  private readonly logTime: Int64 = { high: 0, low: 0 }

  constructor(reader: ThriftReader, writer: ProtobufWriter) {
    this.reader = reader
    this.writer = writer
  }

  /**
   * Reads one Span and writes the fields of its OTLP twin:
   *
   *     struct Span { 1: required i64 traceIdLow, 2: required i64 traceIdHigh, 3: required i64 spanId,
   *                   4: required i64 parentSpanId, 5: required string operationName,
   *                   6: list<SpanRef> references, 7: required i32 flags, 8: required i64 startTime (µs),
   *                   9: required i64 duration (µs), 10: list<Tag> tags, 11: list<Log> logs,
   *                   12: bool incomplete }
   *
   * @returns the scope that the span belongs to.
   */
  transcode(): SpanScope {
    const { reader, writer } = this
    const ids = this.ids
    const tags = this.tags
    const at = reader.position
    let references: readonly Reference[] = []
    let flags = 0
    let seen = 0
    tags.clear()
    reader.enter()
    while (reader.nextField()) {
      const { fieldId } = reader
      switch (fieldId) {
        case 1:
          readInt64(reader, ids.traceLow, 'Span.traceIdLow')
          break
        case 2:
          readInt64(reader, ids.traceHigh, 'Span.traceIdHigh')
          break
        case 3:
          readInt64(reader, ids.spanId, 'Span.spanId')
          break
        case 4:
          readInt64(reader, this.parent, 'Span.parentSpanId')
          break
        case 5:
          reader.expect(thriftTypes.string, 'Span.operationName')
          reader.string('Span.operationName')
          writer.raw(5 * 8 + 2, reader.bytes, reader.start, reader.end)
          break
        case 6:
          reader.expect(thriftTypes.list, 'Span.references')
          references = readReferences(reader)
          break
        case 7:
          reader.expect(thriftTypes.i32, 'Span.flags')
          flags = reader.i32()
          break
        case 8:
          readInt64(reader, this.startTime, 'Span.startTime')
          break
        case 9:
          readInt64(reader, this.duration, 'Span.duration')
          break
        case 10:
          reader.expect(thriftTypes.list, 'Span.tags')
          tags.read(reader, writer, attributes, 'Span.tags')
          break
        case 11:
          reader.expect(thriftTypes.list, 'Span.logs')
          this.writeEvents()
          break
        case 12:
          reader.expect(thriftTypes.bool, 'Span.incomplete')
          if (reader.bool()) writeBool(writer, attributes, 'jaeger.incomplete', true)
          break
        default:
          reader.skip()
          continue
      }
      seen |= 1 << fieldId
    }
    requireFields(seen, at)
    this.writeIds(references, at)
    this.writeTimes(at)
    this.writeFlags(flags)
    return this.writeKnownTags()
  }

  private writeIds(references: readonly Reference[], at: number): void {
    const writer = this.writer
    const ids = this.ids
    if (isZero(ids.traceHigh) && isZero(ids.traceLow)) throw badThrift('a span whose trace id is zero', at)
    if (isZero(ids.spanId)) throw badThrift('a span whose id is zero', at)
    writer.bytes16(1 * 8 + 2, ids.traceHigh.high, ids.traceHigh.low, ids.traceLow.high, ids.traceLow.low)
    writer.bytes8(2 * 8 + 2, ids.spanId.high, ids.spanId.low)
    const parent = isZero(this.parent) ? parentOf(references, ids) : this.parent
    if (parent) writer.bytes8(4 * 8 + 2, parent.high, parent.low)
    writeLinks(writer, references, ids, parent)
  }

  private writeTimes(at: number): void {
    const { startTime, duration } = this
    writeMicros(this.writer, 7 * 8 + 1, startTime, zero, at)
    writeMicros(this.writer, 8 * 8 + 1, startTime, duration, at)
  }

  /** OTLP's flags are those of W3C Trace Context: of Jaeger's, only "sampled" is one of them. */
  private writeFlags(flags: number): void {
    if (flags & jaegerFlags.sampled) this.writer.fixed32(16 * 8 + 5, 1)
    if (flags & jaegerFlags.debug) writeBool(this.writer, attributes, 'jaeger.debug', true)
    if (flags & jaegerFlags.firehose) writeBool(this.writer, attributes, 'jaeger.firehose', true)
  }

  /** Writes what the tags held back mean; what they do not explain stays an attribute. */
  private writeKnownTags(): SpanScope {
    const writer = this.writer
    const tags = this.tags
    const { bytes } = this.reader
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
    const scope = this.takeScope('otel.scope') ?? this.takeScope('otel.library') ?? noScope
    tags.writeRest(writer, attributes, bytes)
    return scope
  }

  private takeScope(prefix: 'otel.scope' | 'otel.library'): SpanScope | undefined {
    const tags = this.tags
    const { bytes } = this.reader
    const name = tagText(tags.get(`${prefix}.name`), bytes)
    if (name === undefined) return undefined
    tags.take(`${prefix}.name`)
    const version = tagText(tags.get(`${prefix}.version`), bytes)
    if (version !== undefined) tags.take(`${prefix}.version`)
    return { name, version: version ?? '' }
  }

  /**
   * Logs become events, and the field `event` an event's name:
   *
   *     struct Log { 1: required i64 timestamp (µs), 2: required list<Tag> fields }
   */
  private writeEvents(): void {
    const { reader, writer } = this
    const logTags = this.logTags
    const size = reader.list(thriftTypes.struct, 'Span.logs')
    for (let i = 0; i < size; i++) {
      const at = reader.position
      const event = writer.begin(11 * 8 + 2)
      let seen = 0
      logTags.clear()
      reader.enter()
      while (reader.nextField()) {
        if (reader.fieldId === 1) {
          readInt64(reader, this.logTime, 'Log.timestamp')
          seen |= 1
        } else if (reader.fieldId === 2) {
          reader.expect(thriftTypes.list, 'Log.fields')
          logTags.read(reader, writer, 3 * 8 + 2, 'Log.fields')
          seen |= 2
        } else reader.skip()
      }
      if (seen !== 3) throw badThrift(`Log.${seen & 1 ? 'fields' : 'timestamp'} is missing`, at)
      writeMicros(writer, 1 * 8 + 1, this.logTime, zero, at)
      const name = tagText(logTags.get('event'), reader.bytes)
      if (name !== undefined) {
        logTags.take('event')
        writer.string(2 * 8 + 2, name)
      }
      logTags.writeRest(writer, 3 * 8 + 2, reader.bytes)
      writer.end(event)
    }
  }
}

const zero: Int64 = { high: 0, low: 0 }
const noScope: SpanScope = { name: '', version: '' }

const required = [
  [1, 'traceIdLow'],
  [2, 'traceIdHigh'],
  [3, 'spanId'],
  [4, 'parentSpanId'],
  [5, 'operationName'],
  [7, 'flags'],
  [8, 'startTime'],
  [9, 'duration'],
] as const

function requireFields(seen: number, at: number): void {
  for (const [id, name] of required)
    if ((seen & (1 << id)) === 0) throw badThrift(`Span.${name} is missing`, at)
}
