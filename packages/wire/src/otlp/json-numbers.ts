/**
 * An integer as proto3's JSON mapping writes it: a number or decimal text, an exponent and a fraction of
 * zeros allowed. Numbers are taken as JavaScript holds them, so that those beyond 53 bits may have been
 * rounded by whoever parsed the JSON; {@link parseTracesJson} does not round.
 *
 * @returns undefined for anything else.
 */
export function parseInt64(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  if (/^-?\d{1,20}$/.test(value)) return BigInt(value)
  if (!/^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?$/.test(value)) return undefined
  const number = Number(value)
  return Number.isSafeInteger(number) ? BigInt(number) : undefined
}

/** A double as proto3's JSON mapping writes it: a number, its text, or NaN, Infinity, -Infinity as texts. */
export function parseDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined
}

/** A place where an integer of so many digits stands that a double may not hold it. */
const longInteger = /[[:,\s]-?\d{16,}/

/**
 * JSON.parse, but integers which a double would round stay as texts: some exporters write times in
 * nanoseconds as numbers, and those need 61 bits.
 */
export function parseExactJson(text: string): unknown {
  return longInteger.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value
  return /^-?\d+$/.test(context.source) ? context.source : value
}
