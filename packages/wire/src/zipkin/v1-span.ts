import type { ZipkinEndpoint } from './span.ts'
import type { Text } from './text.ts'
import { stringOf } from './text.ts'

/** Something that happened within a v1 span; two letters, such as `cs`, say where the span begins or ends. */
export interface V1Annotation {
  /** Microseconds since 1970. */
  readonly timestamp: number
  readonly value: string
  readonly endpoint?: ZipkinEndpoint
}

export interface V1BinaryAnnotation {
  readonly key: Text
  /** Absent where the endpoint is what is told: an address. */
  readonly value?: Text
  readonly endpoint?: ZipkinEndpoint
}

/** A span of Zipkin's v1 model, which one or several processes took part in. */
export interface V1Span {
  /** Trace id (four words of 32 bits), span id and parent's id (two each), in the order of the bytes. */
  readonly ids: Int32Array
  readonly name: string
  /** Microseconds since 1970; 0 where the span does not say. */
  readonly timestamp: number
  /** Microseconds; 0 where the span does not say. */
  readonly duration: number
  readonly debug: boolean
  readonly annotations: readonly V1Annotation[]
  readonly binaryAnnotations: readonly V1BinaryAnnotation[]
  /** Where the span begins in the bytes, for an error. */
  readonly position: number
}

/** Whether a key is one whose endpoint is the other side of a call, or the broker, where its value is true. */
export function isAddressKey(key: Text): boolean {
  return key.end - key.start === 2 && addressKeys.includes(stringOf(key))
}

const addressKeys: readonly string[] = ['ca', 'sa', 'ma']
