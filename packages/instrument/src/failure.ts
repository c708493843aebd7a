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
 * the client gives one, Node's code, else the class.
 */
export function failureType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER'
  try {
    const { type, code, name } = error as { type?: unknown; code?: unknown; name?: unknown }
    if (typeof type === 'string' && type !== '') return type
    const brokers = brokerCodeOf(error, 0)
    if (brokers !== undefined) return brokers
    if (typeof code === 'string' && code !== '') return code
    return typeof name === 'string' && name !== '' ? name : '_OTHER'
  } catch {
    // A revoked Proxy, or a getter that throws.
    return '_OTHER'
  }
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
