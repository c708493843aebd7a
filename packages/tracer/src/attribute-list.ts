import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { SharedAttributes } from './shared-attributes.ts'
import { sharedAttributes } from './shared-attributes.ts'

/**
 * Attributes in the order they were first set: those that are shared with other spans, then its own. A list of
 * keys and values in turn and not a map: a dozen keys are found faster by looking at each, and one list takes less
 * memory than two.
 */
export class AttributeList {
  shared: SharedAttributes | undefined
  /** Key, value, key, value … */
  own: (string | AttributeValue)[] = []
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
    return this.own.length / 2 + (this.shared === undefined ? 0 : this.shared.keys.length)
  }

  /** Sets one; a value that is no attribute's is left out. */
  set(key: string, value: unknown): void {
    const kept = this.#kept(value)
    if (kept === undefined || key === '') return
    if (this.shared?.keys.includes(key)) this.#unshare(this.shared)
    const { own } = this
    for (let at = 0; at < own.length; at += 2) {
      if (own[at] !== key) continue
      own[at + 1] = kept
      return
    }
    if (this.size < this.#most) own.push(key, kept)
    else this.dropped++
  }

  /** Sets all of an object's. */
  setAll(attributes: Attributes | undefined): void {
    if (!attributes) return
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
    const { shared, own } = this
    const attributes: Attributes = {}
    shared?.keys.forEach((key, at) => {
      attributes[key] = shared.values[at]
    })
    for (let at = 0; at < own.length; at += 2) attributes[own[at] as string] = own[at + 1]
    return attributes
  }

  /** Makes what is shared its own, to change it. */
  #unshare({ keys, values }: SharedAttributes): void {
    this.own = [...keys.flatMap((key, at) => [key, values[at] as AttributeValue]), ...this.own]
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
