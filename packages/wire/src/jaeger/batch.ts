import { RequestBuilder } from '../otlp/request.ts'
import type { ProtobufWriter } from '../protobuf/writer.ts'
import { BinaryReader } from '../thrift/binary.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import {
  newProcessTags,
  processWriter,
  resourceAttributes,
  writeProcessTags,
  writeServiceName,
} from './process.ts'
import { SpanTranscoder } from './span.ts'

/**
 * Turns a jaeger.Batch (jaeger-idl, thrift/jaeger.thrift) in thrift's binary protocol, as Jaeger's clients
 * post it to port 14268, into the bytes of an OTLP ExportTraceServiceRequest. What becomes of processes,
 * tags, references and logs follows the OpenTelemetry Collector's jaeger translator, with the differences
 * that RATIONALE.md lists. A batch without spans gives no bytes.
 *
 * @throws WaybillError BAD_THRIFT that names the fault; `position` is its offset in `bytes`.
 * @example walkTraces(jaegerThriftToOtlp(body)).spans
 */
export function jaegerThriftToOtlp(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes)
  const request = transcodeBatch(reader)
  reader.finish()
  return request
}

/**
 * Reads a Batch from wherever the reader stands:
 *
 *     struct Batch { 1: required Process process, 2: required list<Span> spans }
 */
export function transcodeBatch(reader: ThriftReader): Uint8Array {
  const at = reader.position
  const attributes = processWriter()
  const request = new RequestBuilder()
  let seen = 0
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.struct, 'Batch.process')
      writeProcess(reader, attributes)
      seen |= 1
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.list, 'Batch.spans')
      writeSpans(reader, request)
      seen |= 2
    } else reader.skip()
  }
  if (seen !== 3) throw badThrift(`Batch.${seen & 1 ? 'spans' : 'process'} is missing`, at)
  return request.finish(() => attributes.finish())
}

/**
 * Writes the attributes of a Resource:
 *
 *     struct Process { 1: required string serviceName, 2: list<Tag> tags }
 */
function writeProcess(reader: ThriftReader, writer: ProtobufWriter): void {
  const at = reader.position
  const tags = newProcessTags()
  let named = false
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.string, 'Process.serviceName')
      reader.string('Process.serviceName')
      named = true
      writeServiceName(writer, reader.bytes, reader.start, reader.end)
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.list, 'Process.tags')
      tags.read(reader, writer, resourceAttributes, 'Process.tags')
    } else reader.skip()
  }
  if (!named) throw badThrift('Process.serviceName is missing', at)
  writeProcessTags(writer, tags, reader.bytes)
}

function writeSpans(reader: ThriftReader, request: RequestBuilder): void {
  const transcoder = new SpanTranscoder(reader, request.spans)
  const size = reader.list(thriftTypes.struct, 'Batch.spans')
  for (let i = 0; i < size; i++) {
    request.begin()
    request.end(0, transcoder.transcode())
  }
}
