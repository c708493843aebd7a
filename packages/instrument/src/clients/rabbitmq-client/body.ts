import type { MessagingTracing } from '../../tracing.ts'

/*
 * The client takes and gives bodies that are objects, which it writes and reads as JSON. Where the options ask for
 * something in the body, it is their text that is looked at.
 */

/** A body as it is, or the text that the client makes of it, where the options want to read bodies. */
export function asText({ options }: MessagingTracing, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) return body
  const { valueContext, capture } = options
  const isRead = valueContext !== undefined || capture?.body === true || capture?.size === true
  return isRead ? JSON.stringify(body) : body
}

/** A body to be published, in the kind that the application gave: the client writes texts in another way. */
export function sameKind(given: unknown, body: unknown): unknown {
  const isObject = typeof given === 'object' && given !== null && !(given instanceof Uint8Array)
  if (!isObject || typeof body !== 'string') return body
  return body === JSON.stringify(given) ? given : JSON.parse(body)
}
