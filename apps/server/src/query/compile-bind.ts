import type { Parameters } from '../store/engine.ts'

/** Types of ClickHouse that values are bound as. Lists are lists of texts: 64-bit numbers have no other form. */
export type BoundType = 'String' | 'Int64' | 'UInt64' | 'UInt8' | 'Float64' | 'Array(String)' | 'Array(UInt8)'

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

/** A list of this length is written one by one: the engine looks those up faster than a selection. */
const fewIds = 200

/** Bound ids, hex texts, as a set for `IN`. (Of a computed array the engine would make no set.) */
export function idSet(ids: readonly string[], bytes: 8 | 16, bind: Bind): string {
  if (ids.length > 0 && ids.length <= fewIds)
    return `(${ids.map(id => `toFixedString(unhex(${bind(id, 'String')}), ${bytes})`).join(', ')})`
  return `(SELECT toFixedString(unhex(arrayJoin(${bind(ids, 'Array(String)')})), ${bytes}))`
}
