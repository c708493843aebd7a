import type { HeaderShape, MessageHeaders } from '../../headers.ts'
import type { Producer, ProducerOptions } from './shapes.ts'

const optionsName = 'plt.kafka.base.options'

/** The options that a producer was made with, which its base class keeps under a symbol of its own. */
export function optionsOf(producer: Producer): ProducerOptions {
  const symbol = Object.getOwnPropertySymbols(producer).find(own => own.description === optionsName)
  const options = symbol === undefined ? undefined : (producer as unknown as Record<symbol, unknown>)[symbol]
  return typeof options === 'object' && options !== null ? options : {}
}

/** How headers of ours must be, so that the producer's serializers make bytes of them. */
export interface HeaderForm {
  /** What to make where a message has no headers. */
  readonly shape: HeaderShape
  readonly hasByteValues: boolean
}

/**
 * Tries a producer's serializers on a text: they are functions of the application, or none, and what is no bytes
 * after them makes the client fail. A schema registry's take texts.
 *
 * Undefined where no form would do: then nothing may be added to the headers.
 */
export function headerFormOf({ serializers, registry }: ProducerOptions): HeaderForm | undefined {
  if (registry !== undefined) return { shape: 'map', hasByteValues: false }
  const names = takes(serializers?.headerKey)
  const values = takes(serializers?.headerValue)
  if (names === 'bytes' && values === 'bytes') return { shape: 'byteMap', hasByteValues: true }
  return names === 'text' && values !== undefined
    ? { shape: 'map', hasByteValues: values === 'bytes' }
    : undefined
}

function takes(serializer: ((data: unknown) => unknown) | undefined): 'text' | 'bytes' | undefined {
  if (typeof serializer !== 'function') return 'bytes'
  for (const [kind, probe] of probes) {
    try {
      if (serializer(probe) instanceof Uint8Array) return kind
    } catch {
      // It does not take this kind.
    }
  }
  return undefined
}

const probes = [
  ['text', 'x'],
  ['bytes', Buffer.from('x')],
] as const

/** A message's headers as the core shall see them: empty ones do not show their shape, and are none. */
export function givenHeaders(headers: unknown): MessageHeaders | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined
  if (headers instanceof Map) return headers
  for (const _ in headers) return headers as MessageHeaders
  return undefined
}

/** Makes bytes of the texts among the values of headers that are our own copy, where the producer takes bytes only. */
export function inForm(headers: MessageHeaders, { hasByteValues }: HeaderForm): MessageHeaders {
  if (!hasByteValues) return headers
  if (headers instanceof Map) {
    for (const [name, value] of headers) if (typeof value === 'string') headers.set(name, Buffer.from(value))
    return headers
  }
  const copy = headers as Record<string, unknown>
  for (const name in copy) {
    const value = copy[name]
    if (typeof value === 'string') copy[name] = Buffer.from(value)
  }
  return headers
}

/**
 * What tells the bytes of a key, by which the client chooses its partition: bytes as they are; texts where the
 * producer's serializer makes UTF-8 of them. Undefined for other keys, and for no key.
 */
export function keyBytesOf({ serializers, registry }: ProducerOptions): (key: unknown) => Buffer | undefined {
  const serializer = serializers?.key
  if (registry !== undefined) return () => undefined
  if (typeof serializer !== 'function') return key => (Buffer.isBuffer(key) ? key : undefined)
  let isUtf8 = false
  try {
    const probed = serializer('ö')
    isUtf8 = Buffer.isBuffer(probed) && probed.toString() === 'ö'
  } catch {
    // A serializer of something else.
  }
  return key => (isUtf8 && typeof key === 'string' ? Buffer.from(key) : undefined)
}
