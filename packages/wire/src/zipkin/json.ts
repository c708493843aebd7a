import { readEndpoint, readId } from './json-parts.ts'
import { badJson, JsonReader } from './json-reader.ts'
import { OtlpSpans, otlpKinds } from './otlp-spans.ts'
import { KeyTable, newText, stringOf } from './text.ts'

/**
 * Turns a list of Zipkin's v2 spans in JSON, as it is posted to /api/v2/spans, into the bytes of an OTLP
 * ExportTraceServiceRequest. No object is made for a span: texts are copied from bytes to bytes.
 *
 *     [ { "traceId": "1 to 32 hex digits", "parentId": "1 to 16", "id": "1 to 16",
 *         "kind": "CLIENT" | "SERVER" | "PRODUCER" | "CONSUMER", "name": text,
 *         "timestamp": µs, "duration": µs,
 *         "localEndpoint": { "serviceName": text, "ipv4": text, "ipv6": text, "port": number },
 *         "remoteEndpoint": as localEndpoint,
 *         "annotations": [ { "timestamp": µs, "value": text } ], "tags": { text: text },
 *         "debug": boolean, "shared": boolean } ]
 *
 * (zipkin-api, zipkin2-api.yaml.) As Zipkin's server does, it steps over members nobody knows and those that
 * are null, and refuses a null among the tags and an annotation without its time or value. A list without spans
 * gives no bytes.
 *
 * @param arrivedMicros the time of spans that tell none, microseconds since 1970.
 * @throws WaybillError BAD_JSON that names the fault; `position` is its offset in `bytes`.
 * @example walkTraces(zipkinJsonToOtlp(body, Date.now() * 1000)).spans
 */
export function zipkinJsonToOtlp(bytes: Uint8Array, arrivedMicros: number): Uint8Array {
  const reader = new JsonReader(bytes)
  const spans = new OtlpSpans(arrivedMicros, badJson)
  if (reader.openArray('the body'))
    do readSpan(reader, spans)
    while (reader.nextElement())
  reader.finish()
  return spans.finish()
}

const members = [
  'traceId',
  'parentId',
  'id',
  'kind',
  'name',
  'timestamp',
  'duration',
  'localEndpoint',
  'remoteEndpoint',
  'annotations',
  'tags',
  'debug',
  'shared',
  'binaryAnnotations',
] as const
const memberTable = new KeyTable(members)
const annotationTable = new KeyTable(['timestamp', 'value', 'endpoint'])

const kinds: Readonly<Record<string, number>> = {
  CLIENT: otlpKinds.client,
  SERVER: otlpKinds.server,
  PRODUCER: otlpKinds.producer,
  CONSUMER: otlpKinds.consumer,
}

const key = newText()
const value = newText()
const annotation = newText()

function readSpan(reader: JsonReader, spans: OtlpSpans): void {
  reader.peek()
  const at = reader.position
  spans.begin()
  if (reader.openObject('a span'))
    do {
      reader.key(key)
      const member = memberTable.find(key)
      if (reader.skipNull()) continue
      switch (member) {
        case 0:
          readId(reader, spans.ids, 0, 4, 'traceId')
          break
        case 1:
          readId(reader, spans.ids, 6, 2, 'parentId')
          break
        case 2:
          readId(reader, spans.ids, 4, 2, 'id')
          break
        case 3:
          spans.kind = readKind(reader)
          break
        case 4:
          reader.string(value, 'name')
          spans.name(value)
          break
        case 5:
          spans.timestamp = reader.integer('timestamp')
          break
        case 6:
          spans.duration = reader.integer('duration')
          break
        case 7:
          readEndpoint(reader, spans.localEndpoint, 'localEndpoint')
          break
        case 8:
          readEndpoint(reader, spans.remoteEndpoint, 'remoteEndpoint')
          break
        case 9:
          readAnnotations(reader, spans)
          break
        case 10:
          readTags(reader, spans)
          break
        case 11:
          spans.debug = reader.boolean('debug')
          break
        case 12:
          spans.shared = reader.boolean('shared')
          break
        case 13:
          throw badJson('binaryAnnotations belong to v1 spans, which go to /api/v1/spans', key.start)
        default:
          reader.skip(value)
      }
    } while (reader.nextMember())
  spans.end(at)
}

function readKind(reader: JsonReader): number {
  reader.string(value, 'kind')
  const name = stringOf(value)
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined) throw badJson(`kind is none of ${Object.keys(kinds).join(', ')}`, value.start)
  return kind
}

function readAnnotations(reader: JsonReader, spans: OtlpSpans): void {
  if (!reader.openArray('annotations')) return
  do readAnnotation(reader, spans)
  while (reader.nextElement())
}

function readAnnotation(reader: JsonReader, spans: OtlpSpans): void {
  let timestamp: number | undefined
  let hasValue = false
  reader.peek()
  const at = reader.position
  if (reader.openObject('an annotation'))
    do {
      reader.key(key)
      const member = annotationTable.find(key)
      if (reader.skipNull()) continue
      if (member === 0) timestamp = reader.integer('annotations.timestamp')
      else if (member === 1) {
        reader.string(annotation, 'annotations.value')
        hasValue = true
      } else if (member === 2)
        throw badJson('an annotation with an endpoint belongs to a v1 span, which goes to /api/v1/spans', at)
      else reader.skip(value)
    } while (reader.nextMember())
  if (timestamp === undefined || !hasValue)
    throw badJson(`an annotation without its ${timestamp === undefined ? 'timestamp' : 'value'}`, at)
  spans.annotation(timestamp, annotation, at)
}

function readTags(reader: JsonReader, spans: OtlpSpans): void {
  if (!reader.openObject('tags')) return
  do {
    reader.key(key)
    reader.scalar(value, 'a tag')
    spans.tag(key, value)
  } while (reader.nextMember())
}
