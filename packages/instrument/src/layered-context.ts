import type { Context } from '@opentelemetry/api'
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'

/** How deep layers may lie before they are put into one table. */
const maxDepth = 16

/**
 * A context (OpenTelemetry API, "Context") that is one value on top of another context. The API's own copies
 * a table and makes three functions for every value; with two or three contexts a message, that was the largest
 * single cost of a span. Looking up takes a step a layer, of which there are few:
 *
 * ```
 * span of the message → baggage → span of the producer → nothing
 * ```
 */
class Layer implements Context {
  readonly #below: Context
  readonly #key: symbol
  readonly #value: unknown
  readonly #depth: number

  constructor(below: Context, key: symbol, value: unknown) {
    this.#below = below
    this.#key = key
    this.#value = value
    this.#depth = below instanceof Layer ? below.#depth + 1 : 1
  }

  getValue(key: symbol): unknown {
    let layer: Layer = this
    for (;;) {
      if (layer.#key === key) return layer.#value
      const below = layer.#below
      if (!(below instanceof Layer)) return below.getValue(key)
      layer = below
    }
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#depth < maxDepth ? new Layer(this, key, value) : new Layer(this.#flattened(), key, value)
  }

  /** A value that is deleted lies under a layer that says so: looking it up gives undefined. */
  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined)
  }

  /** The same values in one table of the API's. */
  #flattened(): Context {
    const values = new Map<symbol, unknown>()
    let below: Context = this
    while (below instanceof Layer) {
      if (!values.has(below.#key)) values.set(below.#key, below.#value)
      below = below.#below
    }
    let table = below === emptyContext ? ROOT_CONTEXT : below
    for (const [key, value] of values) table = table.setValue(key, value)
    return table
  }
}

/** A context with nothing in it, upon which cheap ones are built. */
export const emptyContext: Context = {
  getValue: () => undefined,
  setValue: (key, value) => new Layer(emptyContext, key, value),
  deleteValue: () => emptyContext,
}

/** The key under which the OpenTelemetry API keeps a context's span: keys of one description are the same. */
const spanKey = createContextKey('OpenTelemetry Context Key SPAN')

/** What `trace.setSpan` does, by a layer. */
export function withSpan(below: Context, span: unknown): Context {
  return new Layer(below, spanKey, span)
}
