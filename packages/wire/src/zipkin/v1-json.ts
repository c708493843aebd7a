import { readEndpoint, readId } from './json-parts.ts'
import { badJson, JsonReader } from './json-reader.ts'
import { newEndpoint } from './otlp-spans.ts'
import type { ZipkinEndpoint } from './span.ts'
import type { Text } from './text.ts'
import { KeyTable, newText, stringOf } from './text.ts'
import type { V1Annotation, V1BinaryAnnotation, V1Span } from './v1-span.ts'
import { isAddressKey } from './v1-span.ts'
import { v1SpansToOtlp } from './v1-to-otlp.ts'

/**
 * Turns a list of Zipkin's v1 spans in JSON, as it is posted to /api/v1/spans, into the bytes of an OTLP
 * ExportTraceServiceRequest.
 *
 *     [ { "traceId": "1 to 32 hex digits", "parentId": "1 to 16", "id": "1 to 16", "name": text,
 *         "timestamp": µs, "duration": µs, "debug": boolean,
 *         "annotations": [ { "timestamp": µs, "value": text, "endpoint": endpoint } ],
 *         "binaryAnnotations": [ { "key": text, "value": text | number | boolean, "endpoint": endpoint } ] } ]
 *     endpoint = { "serviceName": text, "ipv4": text, "ipv6": text, "port": number }
 *
 * (zipkin-api, zipkin-api.yaml.) Members nobody knows and those that are null are stepped over.
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError BAD_JSON that names the fault; `position` is its offset in `bytes`.
 */
export function zipkinV1JsonToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  return v1SpansToOtlp(readSpans(new JsonReader(bytes)), arrivedMicros, badJson)
}

function* readSpans(reader: JsonReader): Generator<V1Span> {
  const locations = new Locations()
  if (reader.openArray('the body'))
    do yield readSpan(reader, locations)
    while (reader.nextElement())
  reader.finish()
}

const spanTable = new KeyTable([
  'traceId',
  'parentId',
  'id',
  'name',
  'timestamp',
  'duration',
  'debug',
  'annotations',
  'binaryAnnotations',
  'localEndpoint',
  'remoteEndpoint',
  'tags',
])
const annotationTable = new KeyTable(['timestamp', 'value', 'endpoint'])
const binaryTable = new KeyTable(['key', 'value', 'endpoint'])

const key = newText()
const value = newText()
const parts = newEndpoint()

function readSpan(reader: JsonReader, locations: Locations): V1Span {
  reader.peek()
  const { position } = reader
  const ids = new Int32Array(8)
  const annotations: V1Annotation[] = []
  const binaryAnnotations: V1BinaryAnnotation[] = []
  let name = ''
  let timestamp = 0
  let duration = 0
  let debug = false
  readMembers(reader, spanTable, 'a span', member => {
    if (member === 0) readId(reader, ids, 0, 4, 'traceId')
    else if (member === 1) readId(reader, ids, 6, 2, 'parentId')
    else if (member === 2) readId(reader, ids, 4, 2, 'id')
    else if (member === 3) name = readText(reader, 'name')
    else if (member === 4) timestamp = Math.max(reader.integer('timestamp'), 0)
    else if (member === 5) duration = Math.max(reader.integer('duration'), 0)
    else if (member === 6) debug = reader.boolean('debug')
    else if (member === 7)
      readElements(reader, 'annotations', () => annotations.push(readAnnotation(reader, locations)))
    else if (member === 8)
      readElements(reader, 'binaryAnnotations', () =>
        binaryAnnotations.push(...readBinary(reader, locations)),
      )
    else if (member > 8)
      throw badJson(`${stringOf(key)} belongs to v2 spans, which go to /api/v2/spans`, reader.position)
    else reader.skip(value)
  })
  return { ids, name, timestamp, duration, debug, annotations, binaryAnnotations, position }
}

function readAnnotation(reader: JsonReader, locations: Locations): V1Annotation {
  reader.peek()
  const at = reader.position
  let timestamp: number | undefined
  let text: string | undefined
  let endpoint: ZipkinEndpoint | undefined
  readMembers(reader, annotationTable, 'an annotation', member => {
    if (member === 0) timestamp = reader.integer('annotations.timestamp')
    else if (member === 1) text = readText(reader, 'annotations.value')
    else if (member === 2) endpoint = locations.read(reader)
    else reader.skip(value)
  })
  if (timestamp === undefined) throw badJson('an annotation without its timestamp', at)
  if (text === undefined) throw badJson('an annotation without its value', at)
  return { timestamp, value: text, ...(endpoint && { endpoint }) }
}

/** One, or none where it says nothing. */
function readBinary(reader: JsonReader, locations: Locations): readonly V1BinaryAnnotation[] {
  reader.peek()
  const at = reader.position
  let name: Text | undefined
  let text: Text | undefined
  let endpoint: ZipkinEndpoint | undefined
  readMembers(reader, binaryTable, 'a binary annotation', member => {
    if (member === 0) {
      name = newText()
      reader.string(name, 'binaryAnnotations.key')
    } else if (member === 1) {
      text = newText()
      reader.scalar(text, 'binaryAnnotations.value')
    } else if (member === 2) endpoint = locations.read(reader)
    else reader.skip(value)
  })
  if (name === undefined) throw badJson('a binary annotation without its key', at)
  if (text === undefined) return []
  if (!isAddressKey(name) || stringOf(text) !== 'true')
    return [{ key: name, value: text, ...(endpoint && { endpoint }) }]
  return endpoint ? [{ key: name, endpoint }] : []
}

/** Most annotations of a list have one endpoint, written in the same way: it is read once. */
class Locations {
  #bytes: Buffer = Buffer.alloc(0)
  #endpoint: ZipkinEndpoint = {}

  read(reader: JsonReader): ZipkinEndpoint {
    reader.peek()
    const { bytes, position } = reader
    const length = this.#bytes.length
    if (
      length > 0 &&
      bytes.compare(this.#bytes, 0, length, position, Math.min(position + length, bytes.length)) === 0
    ) {
      reader.position += length
      return this.#endpoint
    }
    readEndpoint(reader, parts, 'endpoint')
    const [serviceName, ipv4, ipv6] = [parts.service, parts.ipv4, parts.ipv6].map(stringOf)
    this.#endpoint = {
      ...(serviceName && { serviceName }),
      ...(ipv4 && { ipv4 }),
      ...(ipv6 && { ipv6 }),
      ...(parts.port && { port: parts.port }),
    }
    this.#bytes = bytes.subarray(position, reader.position)
    return this.#endpoint
  }
}

function readText(reader: JsonReader, name: string): string {
  reader.string(value, name)
  return stringOf(value)
}

function readElements(reader: JsonReader, name: string, read: () => void): void {
  if (!reader.openArray(name)) return
  do read()
  while (reader.nextElement())
}

/** @param read reads the value of the member at the place given, -1 for one nobody knows. */
function readMembers(
  reader: JsonReader,
  table: KeyTable,
  name: string,
  read: (member: number) => void,
): void {
  if (!reader.openObject(name)) return
  do {
    reader.key(key)
    const member = table.find(key)
    if (!reader.skipNull()) read(member)
  } while (reader.nextMember())
}
