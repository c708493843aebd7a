import type { Context, Span } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
import { headerText, rawHeaderOf } from './headers.ts'
import type { Message } from './message.ts'

const ofContexts = ['traceparent', 'b3', 'X-B3-TraceId', 'x-b3-traceid', 'uber-trace-id']
const known = [...ofContexts, 'tracestate', 'baggage']
const shownLength = 80

/** Says on a span what kept us from doing more: a context that could not be read, a hook that failed. */
export const problemAttribute = 'waybill.problem'

/**
 * What a message's headers hold instead of a context: `traceparent="rubbish" is no context that can be read`.
 * Undefined where they hold nothing of the kind.
 */
export function unreadContext({ headers }: Message): string | undefined {
  if (headers === null || typeof headers !== 'object') return undefined
  const found = shownHeaders(headers, ofContexts)
  return found.length === 0 ? undefined : `${found.join(' ')} is no context that can be read`
}

/**
 * Says on stderr what a message's headers held, and what became of it: one line a message, where
 * `WAYBILL_DEBUG=context` asks for it. It is how to find out why a trace ends at a broker.
 *
 * waybill: process orders: traceparent="00-…": child of it
 */
export function sayContext(
  destination: string,
  operation: string,
  message: Message,
  carried: Context,
  span: Span | undefined,
): void {
  const found = shownHeaders(message.headers, known)
  const headers = found.length === 0 ? 'no context in its headers' : found.join(' ')
  process.stderr.write(
    `waybill: ${operation} ${destination}: ${headers}: ${outcome(found.length, carried, span)}\n`,
  )
}

function shownHeaders(headers: Message['headers'], names: readonly string[]): readonly string[] {
  const found: string[] = []
  for (const name of names) {
    const raw = rawHeaderOf(headers, name)
    if (raw !== undefined) found.push(`${name}=${shown(raw)}`)
  }
  return found
}

function shown(raw: unknown): string {
  if (Array.isArray(raw))
    return raw.length === 0 ? '(nothing)' : `${shown(raw[raw.length - 1])} (the last of ${raw.length})`
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
