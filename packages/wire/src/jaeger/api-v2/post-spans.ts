import { RequestBuilder } from '../../otlp/request.ts'
import { FieldReader } from '../../protobuf/field-reader.ts'
import { wireTypes } from '../../protobuf/schema.ts'
import {
  newProcessTags,
  processWriter,
  resourceAttributes,
  writeProcessTags,
  writeServiceName,
} from '../process.ts'
import { ProtoSpanTranscoder } from './span.ts'
import { readKeyValue } from './tag.ts'

/**
 * Turns a jaeger.api_v2.PostSpansRequest (jaeger-idl, proto/api_v2/collector.proto), as Jaeger's agents and the
 * Collector's older exporters send it to port 14250, into the bytes of an OTLP ExportTraceServiceRequest:
 *
 *     message PostSpansRequest { Batch batch = 1; }
 *     message Batch { repeated Span spans = 1; Process process = 2; }
 *
 * A span's own process comes before that of the batch. A batch without spans gives no bytes.
 *
 * @throws WaybillError BAD_PROTOBUF that names the fault; `position` is its offset in `bytes`.
 */
export function jaegerPostSpansToOtlp(bytes: Uint8Array): Uint8Array {
  const reader = new FieldReader(bytes)
  const batch = new BatchTranscoder(reader)
  while (reader.next(bytes.length)) {
    if (reader.fieldId !== 1) continue
    const end = reader.enter('PostSpansRequest.batch')
    while (reader.next(end)) {
      if (reader.fieldId === 1) batch.span(reader.enter('Batch.spans'))
      else if (reader.fieldId === 2) batch.process()
    }
  }
  return batch.finish()
}

/**
 * Turns a jaeger.api_v2.Span alone (jaeger-idl, proto/api_v2/model.proto), as Jaeger writes it to Kafka, into the
 * bytes of an OTLP ExportTraceServiceRequest.
 *
 * @throws WaybillError BAD_PROTOBUF that names the fault; `position` is its offset in `bytes`.
 */
export function jaegerSpanToOtlp(bytes: Uint8Array): Uint8Array {
  const batch = new BatchTranscoder(new FieldReader(bytes))
  batch.span(bytes.length)
  return batch.finish()
}

/** A process, by where it lies. */
interface Place {
  readonly start: number
  readonly end: number
}

class BatchTranscoder {
  private readonly reader: FieldReader
  private readonly request = new RequestBuilder()
  private readonly spans: ProtoSpanTranscoder
  /** Resource 0 is the batch's process, which may follow the spans; the others are those of spans. */
  private readonly processes: Place[] = [{ start: 0, end: 0 }]
  private readonly numbers = new Map<string, number>()
  private last = 0

  constructor(reader: FieldReader) {
    this.reader = reader
    this.spans = new ProtoSpanTranscoder(reader, this.request.spans)
  }

  /** Reads the span that ends at `end`. */
  span(end: number): void {
    this.request.begin()
    const scope = this.spans.transcode(end)
    this.request.end(this.resource(), scope)
  }

  /** Takes the process that the field at hand holds as that of the batch. */
  process(): void {
    this.reader.expect(wireTypes.length, 'Batch.process')
    this.processes[0] = { start: this.reader.start, end: this.reader.end }
  }

  finish(): Uint8Array {
    return this.request.finish(resource => processAttributes(this.reader, this.processes[resource]))
  }

  /** The number of the last span's process. Equal bytes are one process; most often it is the one before. */
  private resource(): number {
    const { processStart: start, processEnd: end } = this.spans
    if (end < 0) return 0
    const bytes = Buffer.from(this.reader.bytes.buffer, this.reader.bytes.byteOffset)
    const before = this.processes[this.last]
    if (this.last > 0 && before && bytes.compare(bytes, before.start, before.end, start, end) === 0)
      return this.last
    const key = bytes.toString('latin1', start, end)
    let number = this.numbers.get(key)
    if (number === undefined) {
      number = this.processes.push({ start, end }) - 1
      this.numbers.set(key, number)
    }
    this.last = number
    return number
  }
}

/**
 * The attributes of a Resource:
 *
 *     message Process { string service_name = 1; repeated KeyValue tags = 2; }
 */
function processAttributes(reader: FieldReader, place: Place | undefined): Uint8Array {
  const writer = processWriter()
  if (place === undefined) return writer.finish()
  const tags = newProcessTags()
  reader.position = place.start
  while (reader.next(place.end)) {
    if (reader.fieldId === 1) {
      reader.string('Process.service_name')
      writeServiceName(writer, reader.bytes, reader.start, reader.end)
    } else if (reader.fieldId === 2) {
      readKeyValue(reader, tags.next, 'Process.tags')
      tags.add(writer, resourceAttributes, reader.bytes)
    }
  }
  writeProcessTags(writer, tags, reader.bytes)
  return writer.finish()
}
