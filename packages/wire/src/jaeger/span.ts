import type { SpanScope } from '../otlp/request.ts'
import type { ProtobufWriter } from '../protobuf/writer.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import { KnownTags } from './known-tags.ts'
import type { Int64 } from './references.ts'
import { readInt64, readReferences } from './references.ts'
import { eventKeys, SpanMeaning, spanAttributes } from './span-meaning.ts'
import { tagText, writeBool } from './tag.ts'
import { writeMicros } from './time.ts'

/**
 * Turns the spans of one batch into OTLP's Span messages, one after the other. Attributes and events are
 * written as they are read; what depends on several fields follows at the end of the message, since the
 * order of fields means nothing in protobuf.
 */
export class SpanTranscoder {
  private readonly reader: ThriftReader
  private readonly writer: ProtobufWriter
  private readonly meaning: SpanMeaning
  private readonly logTags = new KnownTags(eventKeys)
  private readonly startTime: Int64 = { high: 0, low: 0 }
  private readonly duration: Int64 = { high: 0, low: 0 }
  private readonly logTime: Int64 = { high: 0, low: 0 }

  constructor(reader: ThriftReader, writer: ProtobufWriter) {
    this.reader = reader
    this.writer = writer
    this.meaning = new SpanMeaning(writer, badThrift)
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
    const reader = this.reader
    const writer = this.writer
    const meaning = this.meaning
    const { ids } = meaning
    const at = reader.position
    let seen = 0
    meaning.begin()
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
          readInt64(reader, meaning.parent, 'Span.parentSpanId')
          break
        case 5:
          reader.expect(thriftTypes.string, 'Span.operationName')
          reader.string('Span.operationName')
          writer.raw(5 * 8 + 2, reader.bytes, reader.start, reader.end)
          break
        case 6:
          reader.expect(thriftTypes.list, 'Span.references')
          meaning.references = readReferences(reader)
          break
        case 7:
          reader.expect(thriftTypes.i32, 'Span.flags')
          meaning.flags = reader.i32()
          break
        case 8:
          readInt64(reader, this.startTime, 'Span.startTime')
          break
        case 9:
          readInt64(reader, this.duration, 'Span.duration')
          break
        case 10:
          reader.expect(thriftTypes.list, 'Span.tags')
          meaning.tags.read(reader, writer, spanAttributes, 'Span.tags')
          break
        case 11:
          reader.expect(thriftTypes.list, 'Span.logs')
          this.writeEvents()
          break
        case 12:
          reader.expect(thriftTypes.bool, 'Span.incomplete')
          if (reader.bool()) writeBool(writer, spanAttributes, 'jaeger.incomplete', true)
          break
        default:
          reader.skip()
          continue
      }
      seen |= 1 << fieldId
    }
    requireFields(seen, at)
    writeMicros(writer, 7 * 8 + 1, this.startTime, zero, at)
    writeMicros(writer, 8 * 8 + 1, this.startTime, this.duration, at)
    return meaning.write(reader.bytes, at)
  }

  /**
   * Logs become events, and the field `event` an event's name:
   *
   *     struct Log { 1: required i64 timestamp (µs), 2: required list<Tag> fields }
   */
  private writeEvents(): void {
    const reader = this.reader
    const writer = this.writer
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
