import { ProtobufWriter } from '../protobuf/writer.ts'
import { BinaryReader } from '../thrift/binary.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { badThrift, thriftTypes } from '../thrift/reader.ts'
import { KnownTags } from './known-tags.ts'
import type { SpanScope } from './span.ts'
import { SpanTranscoder } from './span.ts'
import { tagText, writeTag, writeText } from './tag.ts'

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

/** Field 1 of ResourceSpans and its fields. */
const resource = 1 * 8 + 2
const resourceAttributes = 1 * 8 + 2
const scopeSpans = 2 * 8 + 2

/**
 * Reads a Batch from wherever the reader stands:
 *
 *     struct Batch { 1: required Process process, 2: required list<Span> spans }
 */
export function transcodeBatch(reader: ThriftReader): Uint8Array {
  const at = reader.position
  const attributes = new ProtobufWriter(512)
  const spans = new ProtobufWriter(Math.max(4096, reader.bytes.length))
  const groups: ScopeGroup[] = []
  let seen = 0
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.struct, 'Batch.process')
      writeProcess(reader, attributes)
      seen |= 1
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.list, 'Batch.spans')
      writeSpans(reader, spans, groups)
      seen |= 2
    } else reader.skip()
  }
  if (seen !== 3) throw badThrift(`Batch.${seen & 1 ? 'spans' : 'process'} is missing`, at)
  return groups.length === 0 ? new Uint8Array(0) : writeRequest(attributes.finish(), spans.finish(), groups)
}

const processKeys = ['hostname', 'host.name', 'jaeger.version', 'opencensus.exporterversion'] as const

/**
 * Writes the attributes of a Resource:
 *
 *     struct Process { 1: required string serviceName, 2: list<Tag> tags }
 */
function writeProcess(reader: ThriftReader, writer: ProtobufWriter): void {
  const at = reader.position
  const tags = new KnownTags(processKeys)
  let named = false
  reader.enter()
  while (reader.nextField()) {
    if (reader.fieldId === 1) {
      reader.expect(thriftTypes.string, 'Process.serviceName')
      reader.string('Process.serviceName')
      named = true
      const name = Buffer.from(reader.bytes.subarray(reader.start, reader.end)).toString()
      if (name !== '') writeText(writer, resourceAttributes, 'service.name', name)
    } else if (reader.fieldId === 2) {
      reader.expect(thriftTypes.list, 'Process.tags')
      tags.read(reader, writer, resourceAttributes, 'Process.tags')
    } else reader.skip()
  }
  if (!named) throw badThrift('Process.serviceName is missing', at)
  const hostname = tags.has('host.name') ? undefined : tags.take('hostname')
  if (hostname) writeTag(writer, resourceAttributes, hostname, reader.bytes, 'host.name')
  const version = tagText(tags.get('jaeger.version'), reader.bytes)
  if (version !== undefined && !tags.has('opencensus.exporterversion')) {
    tags.take('jaeger.version')
    writeText(writer, resourceAttributes, 'opencensus.exporterversion', `Jaeger-${version}`)
  }
  tags.writeRest(writer, resourceAttributes, reader.bytes)
}

/** The spans of one scope: where they lie among all spans written. */
interface ScopeGroup {
  readonly scope: SpanScope
  readonly ranges: { readonly start: number; end: number }[]
}

function writeSpans(reader: ThriftReader, writer: ProtobufWriter, groups: ScopeGroup[]): void {
  const transcoder = new SpanTranscoder(reader, writer)
  const byScope = new Map<string, ScopeGroup>()
  const size = reader.list(thriftTypes.struct, 'Batch.spans')
  for (let i = 0; i < size; i++) {
    const start = writer.length
    const span = writer.begin(2 * 8 + 2)
    const scope = transcoder.transcode()
    writer.end(span)
    const key = `${scope.name}\n${scope.version}`
    let group = byScope.get(key)
    if (!group) {
      group = { scope, ranges: [] }
      byScope.set(key, group)
      groups.push(group)
    }
    const last = group.ranges.at(-1)
    if (last?.end === start) last.end = writer.length
    else group.ranges.push({ start, end: writer.length })
  }
}

function writeRequest(attributes: Uint8Array, spans: Uint8Array, groups: readonly ScopeGroup[]): Uint8Array {
  const writer = new ProtobufWriter(attributes.length + spans.length + 256)
  const resourceSpans = writer.begin(1 * 8 + 2)
  writer.raw(resource, attributes)
  for (const { scope, ranges } of groups) {
    const group = writer.begin(scopeSpans)
    if (scope.name !== '') {
      const message = writer.begin(1 * 8 + 2)
      writer.string(1 * 8 + 2, scope.name)
      if (scope.version !== '') writer.string(2 * 8 + 2, scope.version)
      writer.end(message)
    }
    for (const { start, end } of ranges) writer.append(spans, start, end)
    writer.end(group)
  }
  writer.end(resourceSpans)
  return writer.finish()
}
