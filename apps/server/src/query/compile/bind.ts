import type { Parameters } from '../../store/engine.ts'

/**
 * Types of ClickHouse that values are bound as. Lists are lists of texts: 64-bit numbers have no other form. Ids
 * are hex digits. Each value has the type that it is compared as: every function around a placeholder costs the
 * engine half a millisecond of planning.
 */
export type BoundType =
  | 'String'
  | 'Int64'
  | 'UInt64'
  | 'UInt8'
  | 'Float64'
  | 'Date'
  | "DateTime('UTC')"
  | "DateTime64(9, 'UTC')"
  | `FixedString(${8 | 16})`
  | 'Array(String)'
  | 'Array(Int64)'
  | 'Array(UInt8)'
  | 'Array(UInt64)'
  | `Array(FixedString(${8 | 16}))`

/**
 * Takes a value and gives the placeholder that stands for it in SQL. The only way in which anything that a
 * user wrote reaches a statement.
 */
export type Bind = (value: string | number | readonly (string | number)[], type: BoundType) => string

/** A binder and what was bound with it, of one statement. Equal values share a placeholder. */
export function makeBinder(): { readonly bind: Bind; readonly parameters: Parameters } {
  const parameters: Record<string, unknown> = {}
  const known = new Map<string, string>()
  const bind: Bind = (value, type) => {
    const identity = `${type} ${JSON.stringify(value)}`
    const placeholder = known.get(identity) ?? `{p${known.size}:${type}}`
    if (!known.has(identity)) {
      parameters[`p${known.size}`] = value
      known.set(identity, placeholder)
    }
    return placeholder
  }
  return { bind, parameters }
}

/** Bound ids, hex digits, as a set for `IN`. */
export function idSet(ids: readonly string[], bytes: 8 | 16, bind: Bind): string {
  return bind(ids, `Array(FixedString(${bytes}))`)
}
