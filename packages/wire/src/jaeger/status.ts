import type { KnownTags } from './known-tags.ts'
import type { Tag } from './tag.ts'
import { tagText, tagTypes } from './tag.ts'

/** A span's status as OTLP numbers it: 0 unset, 1 ok, 2 error. */
export interface SpanStatus {
  readonly code: 0 | 1 | 2
  readonly message: string
}

export type StatusKey =
  | 'error'
  | 'otel.status_code'
  | 'otel.status_description'
  | 'http.status_code'
  | 'http.status_message'

const kindServer = 2

/**
 * Finds a span's status in its tags and takes those that say nothing more, in the order in which the
 * OpenTelemetry Collector believes them: `error`, then `otel.status_code`, then `http.status_code` (which
 * stays an attribute). Other than there, `error` may also be the text `true`, as Jaeger's own UI reads it.
 *
 * @param kind the span's kind as OTLP numbers it: a client error is no error of the server.
 */
export function takeStatus(
  tags: Pick<KnownTags<StatusKey>, 'get' | 'take'>,
  kind: number,
  bytes: Uint8Array,
): SpanStatus {
  if (isTrue(tags.get('error'), bytes)) {
    tags.take('error')
    tags.take('otel.status_code')
    const message = tagText(tags.take('otel.status_description') ?? tags.get('http.status_message'), bytes)
    return { code: 2, message: message ?? '' }
  }
  const stated = tags.take('otel.status_code')
  if (stated) {
    const text = tagText(stated, bytes)?.toUpperCase()
    const message = tagText(tags.take('otel.status_description'), bytes) ?? ''
    return { code: text === 'OK' ? 1 : text === 'ERROR' ? 2 : 0, message }
  }
  if (isHttpError(tags.get('http.status_code'), kind, bytes))
    return { code: 2, message: tagText(tags.get('http.status_message'), bytes) ?? '' }
  return { code: 0, message: '' }
}

function isTrue(tag: Tag | undefined, bytes: Uint8Array): boolean {
  return tag?.type === tagTypes.bool ? tag.bool : tagText(tag, bytes) === 'true'
}

function isHttpError(tag: Tag | undefined, kind: number, bytes: Uint8Array): boolean {
  if (tag === undefined) return false
  let code = Number.NaN
  if (tag.type === tagTypes.long) code = tag.high === 0 ? tag.low : -1
  else if (/^\d+$/.test(tagText(tag, bytes) ?? '')) code = Number(tagText(tag, bytes))
  if (Number.isNaN(code) || (code >= 100 && code < 400)) return false
  if (code >= 400 && code < 500) return kind !== kindServer
  return true
}
