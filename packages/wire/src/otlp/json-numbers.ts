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

/**
 * An integer of so many digits that a double may not hold it, where a value may stand: behind what comes before a
 * value, and not before a colon. It may stand in the middle of a text, too.
 */
const longIntegers = /(?<=^|[[:,\s])-?[1-9]\d{15,}(?=\s*(?:[,\]}]|$))/g
const backslash = 0x5c

/**
 * JSON.parse, but integers which a double would round become texts: some exporters write times in nanoseconds as
 * numbers, and those need 61 bits. RATIONALE.md says why no reviver does it.
 *
 * @throws SyntaxError as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
  const quoted = quoteLongIntegers(text)
  try {
    return JSON.parse(quoted)
  } catch (error) {
    if (quoted === text) throw error
    // The message has a place and a piece of what was parsed, which should be of what was sent.
    return JSON.parse(text)
  }
}

/** Puts quotes around the integers that a double would round. */
function quoteLongIntegers(text: string): string {
  const parts: string[] = []
  let copied = 0
  let inText = false
  let quote = text.indexOf('"')
  for (const { 0: digits, index } of text.matchAll(longIntegers)) {
    for (; quote >= 0 && quote < index; quote = text.indexOf('"', quote + 1))
      if (!inText || !isEscaped(text, quote)) inText = !inText
    if (inText || Number.isSafeInteger(Number(digits))) continue
    parts.push(text.slice(copied, index), `"${digits}"`)
    copied = index + digits.length
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied)
}

/** Whether backslashes that do not escape each other stand before the place. */
function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text.charCodeAt(before - 1) === backslash) before--
  return (at - before) % 2 === 1
}
