import type { AnyValue, Attributes } from '@waybill/model'
import { decodeArrayValue, decodeKeyValueList } from '@waybill/wire/otlp'

/** Attributes as the store keeps them: texts, and for each the field number of AnyValue that was set. */
export interface StoredAttributes {
  readonly keys: readonly string[]
  readonly values: readonly string[]
  readonly types: readonly number[]
}

/** Columns of SQL for {@link StoredAttributes} of one map. Maps are read as lists: JSON objects would reorder keys. */
export function attributeColumns(map: string, types: string, name: string): string {
  return `mapKeys(${map}) AS ${name}_keys, mapValues(${map}) AS ${name}_values, ${types} AS ${name}_types`
}

/** The same for a nested column, where every element has a map. */
export function nestedAttributeColumns(nested: string, name: string): string {
  return `arrayMap(map -> mapKeys(map), ${nested}.attributes) AS ${name}_keys,
  arrayMap(map -> mapValues(map), ${nested}.attributes) AS ${name}_values,
  ${nested}.attribute_types AS ${name}_types`
}

/** The attributes as they were sent. */
export function readAttributes({ keys, values, types }: StoredAttributes): Attributes {
  return keys.map((key, i) => ({ key, value: readValue(types[i] ?? 0, values[i] ?? '') }))
}

/** @param type field number of AnyValue (opentelemetry-proto, common/v1/common.proto), 0 for an absent value. */
function readValue(type: number, text: string): AnyValue {
  switch (type) {
    case 1:
      return { stringValue: text }
    case 2:
      return { boolValue: text === 'true' }
    case 3:
      return { intValue: text }
    case 4:
      return { doubleValue: readDouble(text) }
    case 5:
      return { arrayValue: { values: decodeArrayValue(Buffer.from(text, 'base64')) } }
    case 6:
      return { kvlistValue: { values: decodeKeyValueList(Buffer.from(text, 'base64')) } }
    case 7:
      return { bytesValue: text }
    default:
      return {}
  }
}

/** The engine writes `nan`, `inf` and `-inf`; proto3 JSON has other words for them. */
function readDouble(text: string): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (text === 'nan') return 'NaN'
  if (text === 'inf') return 'Infinity'
  if (text === '-inf') return '-Infinity'
  return Number(text)
}
