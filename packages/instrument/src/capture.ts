import { isUtf8 } from 'node:buffer'
import { bytesText, headerOf } from './headers.ts'
import type { AttributeSink, Message } from './message.ts'

/** What of messages is put into attributes beyond the conventions. */
export interface CaptureOptions {
  /** The body's size in bytes, as `messaging.message.body.size`. */
  readonly size?: boolean
  /** The body, where it is text, as `waybill.message.body`. It may hold what must not leave the service: see `redact`. */
  readonly body?: boolean
  /** These headers, as `waybill.message.header.<name>`. */
  readonly headers?: readonly string[]
  /**
   * What is shown of a captured text: the text without what is secret, or `undefined` for nothing.
   *
   * @param field `body`, or the header's name.
   */
  readonly redact?: (text: string, field: string) => string | undefined
}

/** Adds what the options ask for of a message. */
export function addCaptured(
  sink: AttributeSink,
  message: Message,
  capture: CaptureOptions,
  maxLength: number,
): void {
  const { value, headers } = message
  if (capture.size === true) {
    const bytes = byteLength(value)
    if (bytes !== undefined) sink.setAttribute('messaging.message.body.size', bytes)
  }
  const show = (field: string, name: string, text: string | undefined): void => {
    const shown = text === undefined || capture.redact === undefined ? text : capture.redact(text, field)
    if (typeof shown === 'string') sink.setAttribute(name, cut(shown, maxLength))
  }
  if (capture.body === true) show('body', 'waybill.message.body', textOf(value))
  for (const name of capture.headers ?? [])
    show(name, `waybill.message.header.${name}`, headerOf(headers, name))
}

/** A text, or bytes that are UTF-8; else undefined. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!(value instanceof Uint8Array) || !isUtf8(value)) return undefined
  return bytesText(value)
}

/** A text of at most `maxLength` UTF-16 units, never half of a character. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  const code = text.charCodeAt(maxLength - 1)
  const splits = code >= 0xd800 && code <= 0xdbff
  return text.slice(0, splits ? maxLength - 1 : maxLength)
}

function byteLength(value: unknown): number | undefined {
  if (typeof value === 'string') return Buffer.byteLength(value)
  return value instanceof Uint8Array ? value.byteLength : undefined
}
