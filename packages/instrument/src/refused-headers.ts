import type { MessageHeaders } from './headers.ts'
import type { MessagingTracing } from './tracing.ts'
import { warnOnce } from './warn.ts'

/** Clients whose broker takes no headers. */
const refusing = new WeakSet<MessagingTracing>()

/** Whether contexts are no longer put into headers, because the broker refused a message for them. */
export function areHeadersRefused(tracing: MessagingTracing): boolean {
  return refusing.has(tracing)
}

/**
 * Takes note of a send that failed for its headers, which can only be ours, so that the next ones pass: Kafka before
 * 0.11 and topics whose `message.format.version` is older have no headers. It is said once, since traces end at this
 * broker from now on.
 */
export function noteRefusal(
  tracing: MessagingTracing,
  headers: MessageHeaders | null | undefined,
  error: unknown,
): void {
  if (refusing.has(tracing) || !isEmpty(headers) || !isRefusal(error)) return
  refusing.add(tracing)
  warnOnce('The broker refuses messages with headers, so they are sent without a context from now on', error)
}

/**
 * Kafka's UNKNOWN_SERVER_ERROR, which brokers answer that cannot store headers, and UNSUPPORTED_FOR_MESSAGE_FORMAT;
 * librdkafka's ERR__UNSUPPORTED_FEATURE, by which it refuses to send them.
 */
const refusalCodes = new Set<unknown>([-1, 43, -165])

/** How deep an error may lie in others. */
const deepest = 4

function isRefusal(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > deepest) return false
  try {
    const { code, apiCode, cause, errors } = error as Refusal
    if (refusalCodes.has(code) || refusalCodes.has(apiCode) || isRefusal(cause, depth + 1)) return true
    return Array.isArray(errors) && errors.some(inner => isRefusal(inner, depth + 1))
  } catch {
    return false
  }
}

/** Where clients have the broker's code: kafkajs and librdkafka as `code`, @platformatic/kafka as `apiCode` within. */
interface Refusal {
  readonly code?: unknown
  readonly apiCode?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

function isEmpty(headers: MessageHeaders | null | undefined): boolean {
  if (headers === null || typeof headers !== 'object') return true
  if (headers instanceof Map) return headers.size === 0
  return (Array.isArray(headers) ? headers : Object.keys(headers)).length === 0
}
