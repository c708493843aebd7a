import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A span as Zipkin's API v2 takes it (zipkin-api, zipkin2-api.yaml); times in whole microseconds. */
export interface ZipkinSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly kind: 'CLIENT' | 'SERVER'
  readonly name: string
  readonly timestamp: number
  readonly duration: number
  readonly localEndpoint: { readonly serviceName: string }
  readonly remoteEndpoint?: { readonly serviceName: string }
  readonly tags: Readonly<Record<string, string>>
}

/** Who a span is, and whose child. */
export type SpanIds = Pick<ZipkinSpan, 'traceId' | 'id' | 'parentId'>

/** A span of the trace that a request carries in B3 headers, else the first of a new one, of 128 bits. */
export function nextIds(headers: IncomingHttpHeaders): SpanIds {
  const { 'x-b3-traceid': traceId, 'x-b3-spanid': parentId } = headers
  const id = randomBytes(8).toString('hex')
  const isCarried = /^([0-9a-f]{16}){1,2}$/.test(String(traceId)) && /^[0-9a-f]{16}$/.test(String(parentId))
  return isCarried
    ? { traceId: String(traceId), id, parentId: String(parentId) }
    : { traceId: randomBytes(16).toString('hex'), id }
}

/** The headers by which the next service continues a span (openzipkin/b3-propagation). */
export function b3Headers({ traceId, id, parentId }: SpanIds): Readonly<Record<string, string>> {
  return {
    'x-b3-traceid': traceId,
    'x-b3-spanid': id,
    ...(parentId === undefined ? {} : { 'x-b3-parentspanid': parentId }),
    'x-b3-sampled': '1',
  }
}
