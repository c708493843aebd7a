import { BinaryReader } from '../thrift/binary.ts'
import { CompactReader, compactProtocolId } from '../thrift/compact.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, messageTypes, thriftTypes } from '../thrift/reader.ts'
import { transcodeZipkinList } from '../zipkin/v1-thrift.ts'
import { transcodeBatch } from './batch.ts'

/**
 * Turns a message to Jaeger's agent (jaeger-idl, thrift/agent.thrift), which is what its clients send in a
 * datagram, into the bytes of an OTLP ExportTraceServiceRequest:
 *
 *     service Agent {
 *       oneway void emitZipkinBatch(1: list<zipkincore.Span> spans)
 *       oneway void emitBatch(1: jaeger.Batch batch)
 *     }
 *
 * The first byte tells the compact from the binary protocol, so that a client may send either to any port. Spans
 * of Zipkin's thrift are read as they are where they are posted.
 *
 * @param arrivedMicros the time of Zipkin's spans that tell none, microseconds since 1970.
 * @throws WaybillError BAD_THRIFT that names the fault; `position` is its offset in `bytes`.
 */
export function jaegerAgentToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  const reader = bytes[0] === compactProtocolId ? new CompactReader(bytes) : new BinaryReader(bytes)
  const type = reader.message()
  const method = Buffer.from(reader.bytes.subarray(reader.start, reader.end)).toString()
  if (type !== messageTypes.oneway && type !== messageTypes.call)
    throw badThrift(`a message of type ${type}, which is no call`, 0)
  const transcode = methods[method as keyof typeof methods]
  if (!Object.hasOwn(methods, method)) throw badThrift(`Jaeger's agent has no method ${method}`, 0)
  let request: Uint8Array | undefined
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) request = transcode(reader, arrivedMicros)
    else reader.skip()
  }
  reader.finish()
  if (request === undefined) throw badThrift(`${method} without its spans`, 0)
  return request
}

const methods = {
  emitBatch: (reader: ThriftReader): Uint8Array => {
    reader.expect(thriftTypes.struct, 'emitBatch.batch')
    return transcodeBatch(reader)
  },
  emitZipkinBatch: (reader: ThriftReader, arrivedMicros: number): Uint8Array => {
    reader.expect(thriftTypes.list, 'emitZipkinBatch.spans')
    return transcodeZipkinList(reader, arrivedMicros)
  },
} as const
