import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { stamp } from '@waybill/model'

/**
 * Attributes that many spans begin with. A frozen object of plain values says the same each time, so that it is read
 * once: its spans refer to what was read, and its bytes are encoded once.
 */
export interface SharedAttributes {
  readonly keys: readonly string[]
  readonly values: readonly AttributeValue[]
  /** The length that its texts were checked against. */
  readonly maxLength: number
  /** Its fields in protobuf, from the first time that a span with it was encoded, by the tag they have. */
  encoded: { readonly tag: number; readonly bytes: Uint8Array } | undefined
}

const read = stamp<SharedAttributes>()

/**
 * What a frozen object shares with all spans that are given it; undefined for one that may still change, that has
 * lists, or whose texts are too long.
 */
export function sharedAttributes(attributes: Attributes, maxLength: number): SharedAttributes | undefined {
  const known = read.get(attributes)
  if (known !== undefined) return known.maxLength === maxLength ? known : undefined
  if (!Object.isFrozen(attributes)) return undefined
  const keys: string[] = []
  const values: AttributeValue[] = []
  for (const key in attributes) {
    const value = attributes[key]
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (!isPlain || key === '' || (typeof value === 'string' && value.length > maxLength)) return undefined
    keys.push(key)
    values.push(value)
  }
  const shared = { keys, values, maxLength, encoded: undefined }
  read.set(attributes, shared)
  return shared
}
