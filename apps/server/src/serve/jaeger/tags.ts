import type { AnyValue, Attributes } from '@waybill/model'
import { displayValue } from '@waybill/model'

/** A tag of Jaeger's legacy model (uimodel/model.go, KeyValue). */
export interface Tag {
  readonly key: string
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary'
  readonly value: string | number | boolean
}

export function tagsOf(attributes: Attributes): Tag[] {
  return attributes.map(({ key, value }) => tagOf(key, value))
}

export function stringTag(key: string, value: string): Tag {
  return { key, type: 'string', value }
}

/**
 * An attribute as a tag. An int64 beyond 53 bits is a JSON string, since a reader in JavaScript would round
 * it; lists and maps are JSON text; bytes are base64; NaN and the infinities, which JSON lacks, are texts.
 */
export function tagOf(key: string, value: AnyValue): Tag {
  if ('boolValue' in value) return { key, type: 'bool', value: value.boolValue }
  if ('intValue' in value) {
    const number = Number(value.intValue)
    return { key, type: 'int64', value: Number.isSafeInteger(number) ? number : value.intValue }
  }
  if ('doubleValue' in value) return { key, type: 'float64', value: value.doubleValue }
  if ('bytesValue' in value) return { key, type: 'binary', value: value.bytesValue }
  return stringTag(key, displayValue(value))
}
