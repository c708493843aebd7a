import type { AnyValue, Attributes, KeyValue, Resource, Span } from '@waybill/model'
import { findAttribute } from '@waybill/model'

/** The attributes in the order of their keys; of equal keys the order stays. */
export function sortAttributes(attributes: Attributes): Attributes {
  for (let i = 1; i < attributes.length; i++)
    if ((attributes[i - 1]?.key ?? '') > (attributes[i]?.key ?? ''))
      return attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return attributes
}

const addressKeys = new Set(['ip', 'peer.ipv4'])

/** IPv4 addresses that old clients send as numbers become dotted texts (Jaeger 2.20, ipattribute.go). */
export function dotAddresses(attributes: Attributes): Attributes {
  const isNumber = ({ key, value }: KeyValue) =>
    addressKeys.has(key) && ('intValue' in value || 'doubleValue' in value)
  if (!attributes.some(isNumber)) return attributes
  return attributes.map(attribute =>
    isNumber(attribute) ? { key: attribute.key, value: { stringValue: dotted(attribute.value) } } : attribute,
  )
}

function dotted(value: AnyValue): string {
  const number = 'intValue' in value ? BigInt(value.intValue) : BigInt(wholeOf(value))
  const bits = Number(BigInt.asUintN(32, number))
  return [24, 16, 8, 0].map(shift => (bits >>> shift) & 255).join('.')
}

function wholeOf(value: AnyValue): number {
  const number = 'doubleValue' in value ? Number(value.doubleValue) : 0
  return Number.isFinite(number) ? Math.trunc(number) : 0
}

/** What says which library made a span (semantic conventions 1.44, resource attributes of the SDK). */
const libraryKeys = new Set([
  'telemetry.sdk.language',
  'telemetry.sdk.name',
  'telemetry.sdk.version',
  'telemetry.distro.name',
  'telemetry.distro.version',
])

/**
 * Moves attributes of the library from a span to its resource, where clients look for them (Jaeger 2.20,
 * libraryattributes.go). One that the resource has otherwise stays, with a warning.
 *
 * @param isOpen whether the resource may still get attributes; where not, only those it has are moved.
 */
export function moveLibraryAttributes(
  span: Span,
  resource: Resource | undefined,
  isOpen: boolean,
): { readonly kept: Attributes; readonly moved: Attributes; readonly warnings: readonly string[] } {
  if (resource === undefined || !span.attributes.some(({ key }) => libraryKeys.has(key)))
    return { kept: span.attributes, moved: [], warnings: [] }
  const moved: KeyValue[] = []
  const warnings: string[] = []
  const kept = span.attributes.filter(attribute => {
    if (!libraryKeys.has(attribute.key)) return true
    const existing = findAttribute(resource.attributes, attribute.key)
    if (existing === undefined) {
      if (isOpen) moved.push(attribute)
      return !isOpen
    }
    if (JSON.stringify(existing) === JSON.stringify(attribute.value)) return false
    warnings.push(`conflicting values between Span and Resource for attribute ${attribute.key}`)
    return true
  })
  return { kept, moved, warnings }
}
