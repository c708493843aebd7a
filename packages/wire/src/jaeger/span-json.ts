import { WaybillError } from '@waybill/model'
import { encodeMessage, parseTracesJson } from '../otlp/json.ts'
import type { Message } from '../protobuf/schema.ts'

/*
 * jaeger.api_v2.Span by proto3's JSON mapping (jaeger-idl, proto/api_v2/model.proto), the encoding `jaeger_json`
 * of topics: a span alone, with its process inside it. Ids are base64 of their bytes, times RFC 3339, durations
 * seconds with an `s`. Field numbers are those of model.proto.
 */

/** google.protobuf.Timestamp and Duration, which have a text each in JSON and are taken apart first. */
const instant: Message = {
  name: 'Timestamp',
  fields: [
    { number: 1, name: 'seconds', type: 'int64' },
    { number: 2, name: 'nanos', type: 'int64' },
  ],
}
const keyValue: Message = {
  name: 'KeyValue',
  fields: [
    { number: 1, name: 'key', type: 'string' },
    { number: 2, name: 'vType', type: 'enum', values: ['STRING', 'BOOL', 'INT64', 'FLOAT64', 'BINARY'] },
    { number: 3, name: 'vStr', type: 'string' },
    { number: 4, name: 'vBool', type: 'bool' },
    { number: 5, name: 'vInt64', type: 'int64' },
    { number: 6, name: 'vFloat64', type: 'double' },
    { number: 7, name: 'vBinary', type: 'bytes' },
  ],
}
const spanRef: Message = {
  name: 'SpanRef',
  fields: [
    { number: 1, name: 'traceId', type: 'bytes' },
    { number: 2, name: 'spanId', type: 'bytes' },
    { number: 3, name: 'refType', type: 'enum', values: ['CHILD_OF', 'FOLLOWS_FROM'] },
  ],
}
const log: Message = {
  name: 'Log',
  fields: [
    { number: 1, name: 'timestamp', type: instant },
    { number: 2, name: 'fields', type: keyValue, repeated: true },
  ],
}
const process: Message = {
  name: 'Process',
  fields: [
    { number: 1, name: 'serviceName', type: 'string' },
    { number: 2, name: 'tags', type: keyValue, repeated: true },
  ],
}
const span: Message = {
  name: 'Span',
  fields: [
    { number: 1, name: 'traceId', type: 'bytes' },
    { number: 2, name: 'spanId', type: 'bytes' },
    { number: 3, name: 'operationName', type: 'string' },
    { number: 4, name: 'references', type: spanRef, repeated: true },
    { number: 5, name: 'flags', type: 'uint32' },
    { number: 6, name: 'startTime', type: instant },
    { number: 7, name: 'duration', type: instant },
    { number: 8, name: 'tags', type: keyValue, repeated: true },
    { number: 9, name: 'logs', type: log, repeated: true },
    { number: 10, name: 'process', type: process },
    { number: 11, name: 'processId', type: 'string' },
    { number: 12, name: 'warnings', type: 'string', repeated: true },
  ],
}

/**
 * Reads a jaeger.api_v2.Span in JSON into its protobuf bytes. Unknown members are left out.
 *
 * @throws WaybillError BAD_JSON that names the place as a path, such as `tags[0].vInt64`.
 */
export function encodeJaegerSpanJson(body: Uint8Array): Uint8Array {
  return encodeMessage(span, withInstants(parseTracesJson(body)))
}

type Json = Readonly<Record<string, unknown>>

function withInstants(json: unknown): unknown {
  if (!isObject(json)) return json
  const logs = json['logs']
  return {
    ...json,
    ...timeMember(json, 'startTime', timestamp),
    ...timeMember(json, 'duration', duration),
    ...(Array.isArray(logs) && {
      logs: logs.map(entry =>
        isObject(entry) ? { ...entry, ...timeMember(entry, 'timestamp', timestamp) } : entry,
      ),
    }),
  }
}

function timeMember(json: Json, name: string, read: (text: string) => Json | undefined): Json {
  const text = json[name]
  if (text === undefined || text === null) return {}
  const parts = typeof text === 'string' ? read(text) : undefined
  if (parts === undefined) throw new WaybillError('BAD_JSON', `${name}: ${JSON.stringify(text)} is no time`)
  return { [name]: parts }
}

/** RFC 3339, with up to nine digits of a second. */
function timestamp(text: string): Json | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  const [, seconds, fraction = '', zone] = match ?? []
  const unixMs = Date.parse(`${seconds}${zone}`)
  return Number.isNaN(unixMs) ? undefined : { seconds: unixMs / 1000, nanos: nanosOf(fraction) }
}

/** Seconds with up to nine digits behind the point: `0.000001s`. */
function duration(text: string): Json | undefined {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text) ?? []
  if (seconds === undefined) return undefined
  const factor = sign === '-' ? -1 : 1
  return { seconds: factor * Number(seconds), nanos: factor * nanosOf(fraction) }
}

function nanosOf(fraction: string): number {
  return Number(fraction.padEnd(9, '0'))
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
