import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { SharedAttributes } from './shared-attributes.ts'
import { sharedAttributes } from './shared-attributes.ts'

/**
 * Attributes in the order they were first set: those that are shared with other spans, then its own. Two lists and
 * not a map: a dozen keys are found faster by looking at each, and the encoder walks over lists.
 */
export class AttributeList {
  shared: SharedAttributes | undefined
  keys: string[] = []
  values: AttributeValue[] = []
  /** How many did not fit. */
  dropped = 0
  readonly #most: number
  readonly #maxLength: number

  constructor(most: number, maxLength: number) {
    this.#most = most
    this.#maxLength = maxLength
  }

  /** How many there are. */
  get size(): number {
    return this.keys.length + (this.shared === undefined ? 0 : this.shared.keys.length)
  }

  /** Sets one; a value that is no attribute's is left out. */
  set(key: string, value: unknown): void {
    const kept = this.#kept(value)
    if (kept === undefined || key === '') return
    if (this.shared?.keys.includes(key)) this.#own(this.shared)
    const at = this.keys.indexOf(key)
    if (at !== -1) this.values[at] = kept
    else if (this.size < this.#most) {
      this.keys.push(key)
      this.values.push(kept)
    } else this.dropped++
  }

  /** Sets all of an object's. */
  setAll(attributes: Attributes | undefined): void {
    if (attributes === undefined) return
    if (this.size === 0) {
      const shared = sharedAttributes(attributes, this.#maxLength)
      if (shared !== undefined && shared.keys.length <= this.#most) {
        this.shared = shared
        return
      }
    }
    for (const key in attributes) this.set(key, attributes[key])
  }

  toObject(): Attributes {
    const { shared, keys, values } = this
    const attributes: Attributes = {}
    shared?.keys.forEach((key, at) => {
      attributes[key] = shared.values[at]
    })
    keys.forEach((key, at) => {
      attributes[key] = values[at]
    })
    return attributes
  }

  /** Makes what is shared its own, to change it. */
  #own({ keys, values }: SharedAttributes): void {
    this.keys = keys.concat(this.keys)
    this.values = values.concat(this.values)
    this.shared = undefined
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
