/**
 * A value of an attribute, in the shape of OTLP's JSON encoding of AnyValue (opentelemetry-proto,
 * common/v1/common.proto). One shape serves the model, the API and OTLP/JSON, and every kind of value
 * comes back as it went in: 0, false and the empty string are told apart from "no value", which is `{}`.
 */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** An int64 as decimal text, since a JavaScript number holds only 53 bits of it. */
  | { readonly intValue: string }
  /** NaN and the infinities stand as the texts that proto3 JSON gives them. */
  | { readonly doubleValue: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  /** Bytes in base64. */
  | { readonly bytesValue: string }
  | Readonly<Record<string, never>>

/** One attribute. Keys of a list are unique by convention, not by format: the last one wins. */
export interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

export type Attributes = readonly KeyValue[]

/**
 * An attribute's value as a person reads it: texts and numbers as they are, bytes as base64, lists and
 * maps as JSON. An absent value is the empty string.
 */
export function displayValue(value: AnyValue): string {
  if ('stringValue' in value) return value.stringValue
  if ('boolValue' in value) return String(value.boolValue)
  if ('intValue' in value) return value.intValue
  if ('doubleValue' in value) return String(value.doubleValue)
  if ('bytesValue' in value) return value.bytesValue
  if ('arrayValue' in value || 'kvlistValue' in value) return JSON.stringify(plainValue(value))
  return ''
}

/** A value as plain JSON data, for showing; int64 beyond 53 bits stays text so that nothing is rounded. */
export function plainValue(value: AnyValue): unknown {
  if ('arrayValue' in value) return value.arrayValue.values.map(plainValue)
  if ('kvlistValue' in value)
    return Object.fromEntries(value.kvlistValue.values.map(item => [item.key, plainValue(item.value)]))
  if ('boolValue' in value) return value.boolValue
  if ('doubleValue' in value) return value.doubleValue
  if ('intValue' in value) {
    const number = Number(value.intValue)
    return Number.isSafeInteger(number) ? number : value.intValue
  }
  if ('stringValue' in value) return value.stringValue
  if ('bytesValue' in value) return value.bytesValue
  return null
}

/** The value of `key`, or undefined where the list has none. The last of several wins. */
export function findAttribute(attributes: Attributes, key: string): AnyValue | undefined {
  for (let i = attributes.length - 1; i >= 0; i--) {
    const attribute = attributes[i]
    if (attribute?.key === key) return attribute.value
  }
  return undefined
}
