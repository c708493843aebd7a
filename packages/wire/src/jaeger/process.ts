import { ProtobufWriter } from '../protobuf/writer.ts'
import { KnownTags, knownKeys } from './known-tags.ts'
import { tagText, writeTag, writeText } from './tag.ts'

/** Resource.attributes of OTLP. */
export const resourceAttributes = 1 * 8 + 2

/** Where the attributes of a process are written, for one after the other: see {@link RequestBuilder.spans}. */
const scratch = new ProtobufWriter(4096)

/** A writer for the attributes of one process; what it wrote is good until the next one is asked for. */
export function processWriter(): ProtobufWriter {
  scratch.reset()
  return scratch
}

/** Tags of a process that have another name in OTLP. */
export type ProcessTags = ReturnType<typeof newProcessTags>

const processKeys = knownKeys('hostname', 'host.name', 'jaeger.version', 'opencensus.exporterversion')

export function newProcessTags() {
  return new KnownTags(processKeys)
}

export function writeServiceName(
  writer: ProtobufWriter,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const name = Buffer.from(bytes.subarray(start, end)).toString()
  if (name !== '') writeText(writer, resourceAttributes, 'service.name', name)
}

/** Writes the tags of a process that were held back, under the names that they have in OTLP. */
export function writeProcessTags(writer: ProtobufWriter, tags: ProcessTags, bytes: Uint8Array): void {
  const hostname = tags.has('host.name') ? undefined : tags.take('hostname')
  if (hostname) writeTag(writer, resourceAttributes, hostname, bytes, 'host.name')
  const version = tagText(tags.get('jaeger.version'), bytes)
  if (version !== undefined && !tags.has('opencensus.exporterversion')) {
    tags.take('jaeger.version')
    writeText(writer, resourceAttributes, 'opencensus.exporterversion', `Jaeger-${version}`)
  }
  tags.writeRest(writer, resourceAttributes, bytes)
}
