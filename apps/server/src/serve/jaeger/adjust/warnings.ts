import type { Attributes, KeyValue } from '@waybill/model'
import { displayValue } from '@waybill/model'

/**
 * What was found or changed as a span was answered, as an attribute: Jaeger's own name for it, so that OTLP
 * carries the warnings too and Jaeger's clients know them (Jaeger 2.20, jptrace/warning.go).
 */
const warningsKey = '@jaeger@warnings'

/** The attributes with some warnings more; those that are there already stay. */
export function withWarnings(attributes: Attributes, warnings: readonly string[]): Attributes {
  if (warnings.length === 0) return attributes
  const { warnings: before, attributes: rest } = takeWarnings(attributes)
  const values = [...before, ...warnings].map(stringValue => ({ stringValue }))
  return [...rest, { key: warningsKey, value: { arrayValue: { values } } }]
}

/** Parts the warnings from the other attributes, for forms that have a place of their own for them. */
export function takeWarnings(attributes: Attributes): {
  readonly warnings: readonly string[]
  readonly attributes: Attributes
} {
  const found = attributes.filter(isWarnings)
  if (found.length === 0) return { warnings: [], attributes }
  return { warnings: found.flatMap(textsOf), attributes: attributes.filter(each => !isWarnings(each)) }
}

function isWarnings({ key }: KeyValue): boolean {
  return key === warningsKey
}

function textsOf({ value }: KeyValue): readonly string[] {
  return 'arrayValue' in value ? value.arrayValue.values.map(displayValue) : [displayValue(value)]
}
