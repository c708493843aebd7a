import type { Span } from '@opentelemetry/api'
import { SpanStatusCode } from '@opentelemetry/api'

/** Errors that some span already carries as an event, so that one failure is one event on its way up. */
const recorded = new WeakSet<object>()

/**
 * Marks a span as failed: status ERROR with the message, `error.type`, and the exception as an event. An error
 * that passes through several spans (a step, the handler, the message) is recorded as an event by the first of
 * them only; the others show the status. Takes whatever was thrown: errors, objects, texts, nothing.
 */
export function recordFailure(span: Span, error: unknown): void {
  if (!span.isRecording()) return
  const message = failureMessage(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.setAttribute('error.type', failureType(error))
  if (typeof error === 'object' && error !== null) {
    if (recorded.has(error)) return
    recorded.add(error)
  }
  try {
    span.recordException(error instanceof Error ? error : message)
  } catch {
    span.recordException(message)
  }
}

/**
 * The low-cardinality name of a failure (semantic conventions 1.44, error.type): a broker's own error code where
 * the client gives one, Node's code, else the class. Codes that are numbers are given by the names that librdkafka
 * and AMQP 0-9-1 have for them; one of which no name is known, of an error that has no class of its own, as it is.
 */
export function failureType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER'
  try {
    const { type, code, name } = error as { type?: unknown; code?: unknown; name?: unknown }
    if (typeof type === 'string' && type !== '') return type
    const brokers = brokerCodeOf(error, 0)
    if (brokers !== undefined) return brokers
    if (typeof code === 'string' && code !== '') return code
    const numbered = typeof code === 'number' ? numberedType(error, code, name) : undefined
    if (numbered !== undefined) return numbered
    return typeof name === 'string' && name !== '' ? name : '_OTHER'
  } catch {
    // A revoked Proxy, or a getter that throws.
    return '_OTHER'
  }
}

/** AMQP 0-9-1, section 1.1 (reply codes), as RabbitMQ writes them. */
const replyCodes: Readonly<Record<number, string>> = {
  311: 'CONTENT_TOO_LARGE',
  312: 'NO_ROUTE',
  313: 'NO_CONSUMERS',
  320: 'CONNECTION_FORCED',
  402: 'INVALID_PATH',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  501: 'FRAME_ERROR',
  502: 'SYNTAX_ERROR',
  503: 'COMMAND_INVALID',
  504: 'CHANNEL_ERROR',
  505: 'UNEXPECTED_FRAME',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
}

/** Kafka's UNKNOWN_SERVER_ERROR, which clients also put where there is no code. */
const unknownCode = -1

/** Codes beyond these are no codes: a number that is not bounded would make as many names. */
const greatestCode = 999

function numberedType(error: object, code: number, name: unknown): string | undefined {
  if (!Number.isInteger(code) || Math.abs(code) > greatestCode) return undefined
  // amqplib: what the broker closed a channel with, and at which of its methods.
  if ('classId' in error) return replyCodes[code]
  const librdkafkas = librdkafkaName(error, code)
  if (librdkafkas !== undefined) return librdkafkas
  return name === 'Error' && code !== unknownCode ? String(code) : undefined
}

/**
 * What librdkafka calls a code: the class of its clients' errors lists all of them. Confluent's KafkaJS errors have
 * the same name as their `type`.
 */
function librdkafkaName(error: object, code: number): string | undefined {
  const { codes } = error.constructor as { readonly codes?: Readonly<Record<string, unknown>> }
  if (typeof codes !== 'object' || codes === null) return undefined
  for (const name in codes) if (codes[name] === code) return name
  return undefined
}

/** How deep an error may lie in others. */
const deepest = 4

/** What a broker answered, which @platformatic/kafka's errors have as `apiId`, among the errors that an error holds. */
function brokerCodeOf(error: object, depth: number): string | undefined {
  const { apiId, errors } = error as { readonly apiId?: unknown; readonly errors?: unknown }
  if (typeof apiId === 'string' && apiId !== '') return apiId
  if (!Array.isArray(errors) || depth === deepest) return undefined
  for (const inner of errors) {
    const code = typeof inner === 'object' && inner !== null ? brokerCodeOf(inner, depth + 1) : undefined
    if (code !== undefined) return code
  }
  return undefined
}

function failureMessage(error: unknown): string {
  try {
    if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message)
    return error === undefined ? 'failed without an error' : String(error)
  } catch {
    return 'failed with something that is no text'
  }
}
