import type { Context, Span } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
import { headerText, rawHeaderOf } from './headers.ts'
import type { Message } from './message.ts'
import type { Route } from './route.ts'

const known = ['traceparent', 'tracestate', 'baggage', 'b3', 'X-B3-TraceId', 'x-b3-traceid', 'uber-trace-id']
const shownLength = 80

/**
 * Says on stderr what a message's headers held, and what became of it: one line a message, where
 * `WAYBILL_DEBUG=context` asks for it. It is how to find out why a trace ends at a broker.
 *
 * waybill: process orders: traceparent="00-…": child of it
 */
export function sayContext(
  route: Route,
  operation: string,
  message: Message,
  carried: Context,
  span: Span | undefined,
): void {
  const found = known.flatMap(name => {
    const raw = rawHeaderOf(message.headers, name)
    return raw === undefined ? [] : [`${name}=${shown(raw)}`]
  })
  const headers = found.length === 0 ? 'no context in its headers' : found.join(' ')
  process.stderr.write(
    `waybill: ${operation} ${route.facts.destination}: ${headers}: ${outcome(found.length, carried, span)}\n`,
  )
}

function shown(raw: unknown): string {
  if (Array.isArray(raw)) return `${shown(raw[raw.length - 1])} (the last of ${raw.length})`
  const text = headerText(raw)
  if (text === undefined) {
    return raw instanceof Uint8Array || typeof raw === 'string'
      ? `(${raw.length} bytes, too long)`
      : `(${raw === null ? 'null' : typeof raw}, no text)`
  }
  return JSON.stringify(text.length > shownLength ? `${text.slice(0, shownLength)}…` : text)
}

function outcome(found: number, carried: Context, span: Span | undefined): string {
  const producer = trace.getSpanContext(carried)
  if (producer === undefined)
    return found === 0
      ? 'a trace of its own'
      : 'not a context in any format that is read, so a trace of its own'
  if (span === undefined) return 'a rule skips it; its context is active'
  const { traceId, spanId } = span.spanContext()
  return traceId === producer.traceId
    ? `continued by span ${spanId}`
    : `linked from span ${spanId} of trace ${traceId}`
}
