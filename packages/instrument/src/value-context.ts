import type { Context } from '@opentelemetry/api'
import { defaultTextMapSetter, trace } from '@opentelemetry/api'
import { textOf } from './capture.ts'
import { readContext } from './headers.ts'
import type { MessagingTracing } from './tracing.ts'
import { warnOnce } from './warn.ts'

/**
 * The context among the fields of a message's value, if that is a JSON object; `base` otherwise. For systems
 * whose messages carry it there.
 */
export function contextInValue(tracing: MessagingTracing, base: Context, value: unknown): Context {
  const fields = objectOf(textOf(value))
  if (fields === undefined) return base
  const read = readContext(base, fields, tracing.propagator)
  return trace.getSpanContext(read) === undefined ? base : read
}

/**
 * A copy of a value that is a JSON object, as text or bytes, with the context among its fields: text stays text,
 * bytes stay bytes. Any other value comes back as it is. The fields are added to the text as it stands, since
 * parsing and writing anew would change numbers that JavaScript cannot hold. Only an older context among the
 * fields makes that necessary; where it would change anything else, the value stays as it is.
 */
export function withContextInValue(tracing: MessagingTracing, value: unknown, context: Context): unknown {
  const text = textOf(value)
  const fields = objectOf(text)
  if (text === undefined || fields === undefined) return value
  const carried: Record<string, string> = {}
  tracing.propagator.inject(context, carried, defaultTextMapSetter)
  if (Object.keys(carried).length === 0) return value
  const stale = tracing.propagator
    .fields()
    .filter(name => name in fields && (name !== 'baggage' || name in carried))
  if (stale.length > 0 && JSON.stringify(fields) !== text) {
    warnOnce('An older context in the value of a message could not be replaced without changing the value')
    return value
  }
  for (const name of stale) delete fields[name]
  const base = stale.length > 0 ? JSON.stringify(fields) : text
  const end = base.lastIndexOf('}')
  const separator = Object.keys(fields).length === 0 ? '' : ','
  const changed = `${base.slice(0, end)}${separator}${JSON.stringify(carried).slice(1, -1)}${base.slice(end)}`
  return typeof value === 'string' ? changed : Buffer.from(changed)
}

function objectOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined || !text.trimStart().startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
