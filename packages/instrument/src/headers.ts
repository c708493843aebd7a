import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import { isSpanContextValid, propagation, trace } from '@opentelemetry/api'

/** Headers as an object: the shape of kafkajs, where a repeated header is an array. */
export type HeaderRecord = Readonly<Record<string, unknown>>

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
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  }
  if (Array.isArray(value)) return value.length === 0 ? undefined : headerText(value[value.length - 1])
  return undefined
}

const reader: TextMapGetter<HeaderRecord> = {
  get: (headers, name) => headerText(headers[name]),
  keys: headers => Object.keys(headers),
}

const writer: TextMapSetter<Record<string, unknown>> = {
  set(headers, name, value) {
    headers[name] = value
  },
}

/** The context that headers carry, baggage included, on top of `base`. `base` itself where they carry none. */
export function readContext(base: Context, headers: HeaderRecord | null | undefined): Context {
  return headers === null || typeof headers !== 'object' ? base : propagation.extract(base, headers, reader)
}

/**
 * A copy of `headers` that carries `context`. The caller's object is only read, so frozen and shared ones work.
 * Where the context has a span, what an older hop left (a `tracestate` that belongs to another `traceparent`)
 * is not copied: it would be read together with ours. Baggage is the application's and stays, unless replaced.
 */
export function withContext(
  headers: HeaderRecord | null | undefined,
  context: Context,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  const span = trace.getSpanContext(context)
  const fields = span !== undefined && isSpanContextValid(span) ? propagation.fields() : []
  for (const name in headers) {
    if (name === 'baggage' || !fields.includes(name)) copy[name] = headers[name]
  }
  propagation.inject(context, copy, writer)
  return copy
}
