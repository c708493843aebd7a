import type { Attributes } from '@opentelemetry/api'

/**
 * What the conventions (HTTP 1.44, `http.request.method`) take for known unless they are told otherwise: the methods
 * of RFC 9110, PATCH of RFC 5789, and QUERY.
 */
const knownByDefault = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
] as const

/** A request's method, as its span says it. */
export interface SpanMethod {
  /** What the span's name has for it: the method, or `HTTP` where that is not known. */
  readonly name: string
  /** `http.request.method`; of one that is not known `_OTHER`, and `http.request.method_original`. */
  readonly attributes: Attributes
}

/**
 * Says what a span tells of a method: whoever asks may make one up, and names of spans shall be few. Case matters.
 *
 * @param known those that are told as they are, instead of what the conventions list.
 */
export function spanMethods(known: readonly string[] = knownByDefault): (method: string) => SpanMethod {
  const methods = new Map(
    known.map(method => [method, { name: method, attributes: { 'http.request.method': method } }]),
  )
  return method =>
    methods.get(method) ?? {
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': method },
    }
}
