import type { Context } from '@opentelemetry/api'
import { context as contexts, defaultTextMapGetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api'

/** What travels inside a value: `traceparent`, `tracestate`, `baggage` and whatever the propagators add. */
export type Carrier = Record<string, string>

/**
 * A carrier of the context alone, to be put anywhere in a message: `{ traceparent: '00-…' }`.
 * Empty where there is nothing to carry.
 */
export function carrierOf(context: Context = contexts.active()): Carrier {
  const carrier: Carrier = {}
  propagation.inject(context, carrier)
  return carrier
}

/**
 * A copy of a message's value with the context among its own fields, for systems whose messages carry it in the
 * value. The value is only read. Fields of the value with a propagator's name are replaced.
 *
 * @example
 * await producer.send({ topic, messages: [{ value: JSON.stringify(injectInto({ report: id })) }] })
 */
export function injectInto<Value extends object>(
  value: Value,
  context: Context = contexts.active(),
): Value & Carrier {
  const copy = { ...value }
  propagation.inject(context, copy)
  return copy as Value & Carrier
}

/**
 * The context that a message's value carries among its fields: an object, or JSON as text or bytes. A value that
 * is no JSON, no object or carries nothing gives `base`, so that a stranger's message starts a trace of its own.
 *
 * @param base what the context is built upon; by default nothing, so that no surrounding span becomes a parent.
 */
export function extractFrom(value: unknown, base: Context = ROOT_CONTEXT): Context {
  const fields = fieldsOf(value)
  return fields === undefined ? base : propagation.extract(base, textFields(fields), defaultTextMapGetter)
}

function fieldsOf(value: unknown): object | undefined {
  if (typeof value === 'string') return parsedObject(value)
  if (value instanceof Uint8Array)
    return parsedObject(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

function parsedObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** Propagators expect texts; a number or a list under one of their names would make them throw. */
function textFields(fields: object): Carrier {
  const texts: Carrier = {}
  for (const name of propagation.fields()) {
    const value: unknown = (fields as Record<string, unknown>)[name]
    if (typeof value === 'string') texts[name] = value
  }
  return texts
}
