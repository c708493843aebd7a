import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import { INVALID_TRACEID, trace } from '@opentelemetry/api'
import { propagatorOf } from './formats.ts'

/** Headers as an object: kafkajs, where a repeated header is an array; AMQP's field tables. */
export type HeaderRecord = Readonly<Record<string, unknown>>

/**
 * Headers as clients have them: an object; a list of pairs; a list of objects of one key each (librdkafka); a Map
 * (@platformatic/kafka). Names and values are texts or bytes; what is neither is passed on and never read.
 */
export type MessageHeaders =
  | HeaderRecord
  | readonly (readonly [unknown, unknown])[]
  | readonly HeaderRecord[]
  | ReadonlyMap<unknown, unknown>

/**
 * What to make where a message has no headers, or empty ones, which do not show their shape. `byteMap` is a Map
 * whose names and values are Buffers.
 */
export type HeaderShape = 'record' | 'pairs' | 'singles' | 'map' | 'byteMap'

/** No context is longer than this; a header that is, is rubbish and not worth parsing. */
const maxHeaderLength = 16_384

/**
 * The text of a header: Buffers are UTF-8, and of repeated values the last one counts, since forwarders that
 * append put the newest hop last. Undefined where there is none, or no text.
 */
export function headerText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > maxHeaderLength ? undefined : value
  if (value instanceof Uint8Array) {
    if (value.byteLength > maxHeaderLength) return undefined
    return bytesText(value)
  }
  if (Array.isArray(value)) return value.length === 0 ? undefined : headerText(value[value.length - 1])
  return undefined
}

/** Bytes as UTF-8. */
export function bytesText(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}

/** The text of the header of this name, in whatever shape the headers are; of repeated ones, the last. */
export function headerOf(headers: MessageHeaders | null | undefined, name: string): string | undefined {
  return headerText(rawHeaderOf(headers, name))
}

/** A header's value as the client has it: an AMQP header may be a number, a table or a list. */
export function rawHeaderOf(headers: MessageHeaders | null | undefined, name: string): unknown {
  if (headers === null || typeof headers !== 'object') return undefined
  if (headers instanceof Map) {
    const value: unknown = headers.get(name)
    return value === undefined && hasByteNames(headers) ? byteNamed(headers, name) : value
  }
  if (!Array.isArray(headers)) return (headers as HeaderRecord)[name]
  for (let i = headers.length - 1; i >= 0; i--) {
    const entry: unknown = headers[i]
    if (Array.isArray(entry)) {
      if (nameText(entry[0]) === name) return entry[1]
    } else if (typeof entry === 'object' && entry !== null && name in entry) {
      return (entry as HeaderRecord)[name]
    }
  }
  return undefined
}

function namesOf(headers: MessageHeaders): string[] {
  if (headers instanceof Map) return [...headers.keys()].map(nameText)
  if (!Array.isArray(headers)) return Object.keys(headers)
  return headers.flatMap((entry: unknown) => {
    if (Array.isArray(entry)) return [nameText(entry[0])]
    return typeof entry === 'object' && entry !== null ? Object.keys(entry) : []
  })
}

const reader: TextMapGetter<MessageHeaders> = { get: headerOf, keys: namesOf }

/**
 * The context that headers carry, baggage included, on top of `base`. `base` itself where they carry none.
 *
 * @param propagator what knows the formats; by default the application's, from OpenTelemetry's global API.
 */
export function readContext(
  base: Context,
  headers: MessageHeaders | null | undefined,
  propagator: TextMapPropagator = propagatorOf(undefined),
): Context {
  return headers === null || typeof headers !== 'object' ? base : propagator.extract(base, headers, reader)
}

/**
 * Whether headers hold any field of a context, which tells whether reading them is worth while: most messages that
 * are sent carry none yet.
 */
export function mayCarryContext(headers: MessageHeaders, propagator: TextMapPropagator): boolean {
  for (const field of propagator.fields())
    if (field !== 'baggage' && rawHeaderOf(headers, field) !== undefined) return true
  return false
}

/**
 * A copy of `headers`, in the same shape, that carries `context`. The caller's objects are only read, so frozen
 * and shared ones work. Where the context has a span, what an older hop left (a `tracestate` that belongs to
 * another `traceparent`) is not copied: it would be read together with ours. Baggage is the application's and
 * stays, unless replaced.
 *
 * @param shape what comes back where the headers themselves do not tell.
 */
export function withContext(
  headers: MessageHeaders | null | undefined,
  context: Context,
  propagator: TextMapPropagator = propagatorOf(undefined),
  shape: HeaderShape = 'record',
): MessageHeaders {
  const span = trace.getSpanContext(context)
  const stale = span !== undefined && span.traceId !== INVALID_TRACEID ? propagator.fields() : none
  if (isRecord(headers, shape)) {
    const copy: Record<string, unknown> = {}
    for (const name in headers) if (!isStale(stale, name)) setHeader(copy, name, headers[name])
    propagator.inject(context, copy, recordWriter)
    return copy
  }
  const texts: Record<string, string> = noTexts()
  propagator.inject(context, texts, recordWriter)
  return withTexts(headers, texts, stale, shape)
}

function isRecord(
  headers: MessageHeaders | null | undefined,
  shape: HeaderShape,
): headers is HeaderRecord | null | undefined {
  if (headers === null || typeof headers !== 'object') return shape === 'record'
  return !Array.isArray(headers) && !(headers instanceof Map)
}

const none: readonly string[] = []
const empty: HeaderRecord = {}

function isStale(stale: readonly string[], name: string): boolean {
  return name !== 'baggage' && stale.includes(name)
}

/** In an object of ours every name is a header's: `constructor` and `__proto__` are names as any other. */
function setHeader(headers: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') headers[name] = value
  else Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true })
}

function noTexts(): Record<string, string> {
  return Object.create(null)
}

const recordWriter: TextMapSetter<Record<string, unknown>> = {
  set(headers, name, value) {
    headers[name] = value
  },
}

/** A copy of headers, in the same shape, with these texts in place of whatever had their names. */
export function withTexts(
  headers: MessageHeaders | null | undefined,
  texts: Readonly<Record<string, string>>,
  stale: readonly string[] = none,
  shape: HeaderShape = 'record',
): MessageHeaders {
  const given = headers === null || typeof headers !== 'object' ? empty : headers
  if (given instanceof Map) return mapWith(given, texts, stale, shape)
  if (Array.isArray(given)) return listWith(given, texts, stale, shape)
  if (given === empty && (shape === 'map' || shape === 'byteMap'))
    return mapWith(new Map(), texts, stale, shape)
  if (given === empty && shape !== 'record') return listWith([], texts, stale, shape)
  const copy: Record<string, unknown> = {}
  for (const name in given) if (!isStale(stale, name)) setHeader(copy, name, (given as HeaderRecord)[name])
  return Object.assign(copy, texts)
}

function mapWith(
  given: ReadonlyMap<unknown, unknown>,
  texts: Readonly<Record<string, string>>,
  stale: readonly string[],
  shape: HeaderShape,
): Map<unknown, unknown> {
  const isBytes = given.size === 0 ? shape === 'byteMap' : hasByteNames(given)
  const copy = new Map<unknown, unknown>()
  for (const [key, value] of given) {
    const name = nameText(key)
    if (!isStale(stale, name) && !Object.hasOwn(texts, name)) copy.set(key, value)
  }
  for (const name in texts) {
    const value = texts[name] ?? ''
    if (isBytes) copy.set(Buffer.from(name), Buffer.from(value))
    else copy.set(name, value)
  }
  return copy
}

function listWith(
  given: readonly unknown[],
  texts: Readonly<Record<string, string>>,
  stale: readonly string[],
  shape: HeaderShape,
): MessageHeaders {
  const first = given[0]
  const isPairs = first === undefined ? shape === 'pairs' : Array.isArray(first)
  const isBytes = isPairs && Array.isArray(first) && first[0] instanceof Uint8Array
  const copy: unknown[] = []
  for (const entry of given) {
    const name = Array.isArray(entry) ? nameText(entry[0]) : singleName(entry)
    if (name === undefined || !(isStale(stale, name) || Object.hasOwn(texts, name))) copy.push(entry)
  }
  for (const name in texts) {
    const value = texts[name] ?? ''
    if (!isPairs) copy.push({ [name]: value })
    else copy.push(isBytes ? [Buffer.from(name), Buffer.from(value)] : [name, value])
  }
  return copy as MessageHeaders
}

/** The name of an object of one key; an object of more keys is not split up, and stays as it is. */
function singleName(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const names = Object.keys(entry)
  return names.length === 1 ? names[0] : undefined
}

function nameText(name: unknown): string {
  return headerText(name) ?? ''
}

function hasByteNames(headers: ReadonlyMap<unknown, unknown>): boolean {
  for (const key of headers.keys()) return key instanceof Uint8Array
  return false
}

function byteNamed(headers: ReadonlyMap<unknown, unknown>, name: string): unknown {
  let found: unknown
  for (const [key, value] of headers) if (nameText(key) === name) found = value
  return found
}
