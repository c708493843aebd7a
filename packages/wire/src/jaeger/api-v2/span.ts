import type { SpanScope } from '../../otlp/request.ts'
import type { FieldReader } from '../../protobuf/field-reader.ts'
import { badProtobuf } from '../../protobuf/field-reader.ts'
import { wireTypes } from '../../protobuf/schema.ts'
import type { ProtobufWriter } from '../../protobuf/writer.ts'
import { KnownTags } from '../known-tags.ts'
import type { Int64, Reference, SpanIds } from '../references.ts'
import { newIds } from '../references.ts'
import { eventKeys, SpanMeaning, spanAttributes } from '../span-meaning.ts'
import { tagText } from '../tag.ts'
import { newMoment, readMoment, writeMoment } from './moment.ts'
import { readKeyValue } from './tag.ts'

/** Turns Jaeger's spans in protobuf into OTLP's Span messages, one after the other. */
export class ProtoSpanTranscoder {
  /** Where the process of the last span lies; `processEnd` is -1 where it had none of its own. */
  processStart = 0
  processEnd = -1
  private readonly reader: FieldReader
  private readonly writer: ProtobufWriter
  private readonly meaning: SpanMeaning
  private readonly logTags = new KnownTags(eventKeys)
  private readonly startTime = newMoment()
  private readonly duration = newMoment()
  private readonly logTime = newMoment()

  constructor(reader: FieldReader, writer: ProtobufWriter) {
    this.reader = reader
    this.writer = writer
    this.meaning = new SpanMeaning(writer, badProtobuf)
  }

  /**
   * Reads the Span that ends at `end` and writes the fields of its OTLP twin (jaeger-idl,
   * proto/api_v2/model.proto):
   *
   *     message Span { bytes trace_id = 1; bytes span_id = 2; string operation_name = 3;
   *                    repeated SpanRef references = 4; uint32 flags = 5; Timestamp start_time = 6;
   *                    Duration duration = 7; repeated KeyValue tags = 8; repeated Log logs = 9;
   *                    Process process = 10; string process_id = 11; repeated string warnings = 12; }
   *
   * @returns the scope that the span belongs to.
   */
  transcode(end: number): SpanScope {
    const reader = this.reader
    const writer = this.writer
    const meaning = this.meaning
    const at = reader.position
    const references: Reference[] = []
    const warnings: number[] = []
    this.begin()
    while (reader.next(end)) {
      switch (reader.fieldId) {
        case 1:
          readTraceId(reader, meaning.ids, 'Span.trace_id')
          break
        case 2:
          readSpanId(reader, meaning.ids.spanId, 'Span.span_id')
          break
        case 3:
          reader.string('Span.operation_name')
          writer.raw(5 * 8 + 2, reader.bytes, reader.start, reader.end)
          break
        case 4:
          references.push(readReference(reader))
          break
        case 5:
          reader.expect(wireTypes.varint, 'Span.flags')
          meaning.flags = reader.low
          break
        case 6:
          readMoment(reader, this.startTime, 'Span.start_time')
          break
        case 7:
          readMoment(reader, this.duration, 'Span.duration')
          break
        case 8:
          readKeyValue(reader, meaning.tags.next, 'Span.tags')
          meaning.tags.add(writer, spanAttributes, reader.bytes)
          break
        case 9:
          this.writeEvent()
          break
        case 10:
          reader.expect(wireTypes.length, 'Span.process')
          this.processStart = reader.start
          this.processEnd = reader.end
          break
        case 12:
          reader.string('Span.warnings')
          warnings.push(reader.start, reader.end)
      }
    }
    meaning.references = references
    writeMoment(writer, 7 * 8 + 1, this.startTime, zero, at)
    writeMoment(writer, 8 * 8 + 1, this.startTime, this.duration, at)
    if (warnings.length > 0) writeTexts(writer, 'jaeger.warnings', reader.bytes, warnings)
    return meaning.write(reader.bytes, at)
  }

  private begin(): void {
    this.meaning.begin()
    this.processEnd = -1
    for (const moment of [this.startTime, this.duration]) moment.seconds = moment.nanos = 0
  }

  /**
   * A log becomes an event, and its field `event` the event's name:
   *
   *     message Log { Timestamp timestamp = 1; repeated KeyValue fields = 2; }
   */
  private writeEvent(): void {
    const reader = this.reader
    const writer = this.writer
    const logTags = this.logTags
    const logTime = this.logTime
    const at = reader.start
    const end = reader.enter('Span.logs')
    const event = writer.begin(11 * 8 + 2)
    logTags.clear()
    logTime.seconds = logTime.nanos = 0
    while (reader.next(end)) {
      if (reader.fieldId === 1) readMoment(reader, logTime, 'Log.timestamp')
      else if (reader.fieldId === 2) {
        readKeyValue(reader, logTags.next, 'Log.fields')
        logTags.add(writer, 3 * 8 + 2, reader.bytes)
      }
    }
    writeMoment(writer, 1 * 8 + 1, logTime, zero, at)
    const name = tagText(logTags.get('event'), reader.bytes)
    if (name !== undefined) {
      logTags.take('event')
      writer.string(2 * 8 + 2, name)
    }
    logTags.writeRest(writer, 3 * 8 + 2, reader.bytes)
    writer.end(event)
  }
}

const zero = newMoment()

/** 16 bytes, big endian. */
function readTraceId(reader: FieldReader, ids: SpanIds, name: string): void {
  reader.bytesOf(16, name)
  ids.traceHigh.high = reader.view.getInt32(reader.start)
  ids.traceHigh.low = reader.view.getInt32(reader.start + 4)
  ids.traceLow.high = reader.view.getInt32(reader.start + 8)
  ids.traceLow.low = reader.view.getInt32(reader.start + 12)
}

/** 8 bytes, big endian. */
function readSpanId(reader: FieldReader, id: Int64, name: string): void {
  reader.bytesOf(8, name)
  id.high = reader.view.getInt32(reader.start)
  id.low = reader.view.getInt32(reader.start + 4)
}

/**
 * Reads the reference that the field at hand holds:
 *
 *     message SpanRef { bytes trace_id = 1; bytes span_id = 2; SpanRefType ref_type = 3; }
 *     enum SpanRefType { CHILD_OF = 0; FOLLOWS_FROM = 1; }
 */
function readReference(reader: FieldReader): Reference {
  const end = reader.enter('Span.references')
  const at = reader.position
  const ids = newIds()
  let type = 0
  let seen = 0
  while (reader.next(end)) {
    if (reader.fieldId === 1) readTraceId(reader, ids, 'SpanRef.trace_id')
    else if (reader.fieldId === 2) readSpanId(reader, ids.spanId, 'SpanRef.span_id')
    else if (reader.fieldId === 3) {
      reader.expect(wireTypes.varint, 'SpanRef.ref_type')
      type = reader.low
    }
    if (reader.fieldId < 3) seen |= reader.fieldId
  }
  if (type !== 0 && type !== 1) throw badProtobuf(`${type >>> 0} is no SpanRefType`, reader.position)
  if (seen !== 3) throw badProtobuf('a SpanRef without its ids', at)
  return { childOf: type === 0, ...ids }
}

/**
 * Writes texts as an attribute whose value is a list: AnyValue.array_value = 5, ArrayValue.values = 1.
 *
 * @param places where each text begins and ends, one after the other: an empty text takes two bytes of a message, and
 *   an object for each would be many times that.
 */
function writeTexts(writer: ProtobufWriter, key: string, bytes: Uint8Array, places: readonly number[]): void {
  const keyValue = writer.begin(spanAttributes)
  writer.string(1 * 8 + 2, key)
  const anyValue = writer.begin(2 * 8 + 2)
  const list = writer.begin(5 * 8 + 2)
  for (let i = 0; i < places.length; i += 2) {
    const value = writer.begin(1 * 8 + 2)
    writer.raw(1 * 8 + 2, bytes, places[i], places[i + 1])
    writer.end(value)
  }
  writer.end(list)
  writer.end(anyValue)
  writer.end(keyValue)
}
