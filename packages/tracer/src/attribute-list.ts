import type { Attributes, AttributeValue } from '@opentelemetry/api'

/**
 * Attributes in the order they were first set. Two lists and not a map: a dozen keys are found faster by looking
 * at each, and the encoder walks over lists.
 */
export class AttributeList {
  readonly keys: string[] = []
  readonly values: AttributeValue[] = []
  /** How many did not fit. */
  dropped = 0
  readonly #most: number
  readonly #maxLength: number

  constructor(most: number, maxLength: number) {
    this.#most = most
    this.#maxLength = maxLength
  }

  /** Sets one; a value that is no attribute's is left out. */
  set(key: string, value: unknown): void {
    const kept = this.#kept(value)
    if (kept === undefined || key === '') return
    const at = this.keys.indexOf(key)
    if (at !== -1) this.values[at] = kept
    else if (this.keys.length < this.#most) {
      this.keys.push(key)
      this.values.push(kept)
    } else this.dropped++
  }

  /** Sets all of an object's. */
  setAll(attributes: Attributes | undefined): void {
    for (const key in attributes) this.set(key, attributes[key])
  }

  toObject(): Attributes {
    return Object.fromEntries(this.keys.map((key, at) => [key, this.values[at]]))
  }

  #kept(value: unknown): AttributeValue | undefined {
    switch (typeof value) {
      case 'string':
        return value.length > this.#maxLength ? value.slice(0, this.#maxLength) : value
      case 'number':
      case 'boolean':
        return value
    }
    return Array.isArray(value) ? this.#list(value) : undefined
  }

  /** A list has values of one kind, and may have gaps (OpenTelemetry specification, "Attribute"). */
  #list(values: readonly unknown[]): AttributeValue | undefined {
    const kind = typeof values.find(value => value !== null && value !== undefined)
    if (kind !== 'undefined' && kind !== 'string' && kind !== 'number' && kind !== 'boolean') return undefined
    const list: unknown[] = []
    for (const value of values) {
      if (value === null || value === undefined) list.push(null)
      else if (typeof value !== kind) return undefined
      else list.push(this.#kept(value))
    }
    return list as AttributeValue
  }
}
