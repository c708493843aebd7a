import type { TraceId } from '@waybill/model'
import { parseTraceId } from '@waybill/model'

/**
 * The trace id that a text is, pasted as people do: 32 or 16 hex digits, also with spaces around, in quotes,
 * as a UUID, or in a `traceparent` header.
 *
 * @returns undefined where the text is no id, but a query.
 */
export function traceIdOf(text: string): TraceId | undefined {
  const plain = text.trim().replace(/^"(.*)"$/, '$1')
  const header = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(plain)
  const id = header?.[1] ?? plain.replace(/^(\w{8})-(\w{4})-(\w{4})-(\w{4})-(\w{12})$/, '$1$2$3$4$5')
  return /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(id) ? parseTraceId(id) : undefined
}
