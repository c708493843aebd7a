import { parseDuration } from '@waybill/model'
import type { DurationValue, GlobValue, Magnitude, TextValue, Value } from './query.ts'

const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/**
 * What an unquoted value is: a number, a duration, a size, a pattern where it holds a `*`, else a text.
 *
 * @param raw the value as it stands in the query, its backslashes included.
 */
export function readValue(raw: string): Value {
  if (hasStar(raw)) return globValue(raw)
  return readMagnitude(raw) ?? { type: 'text', text: unescapePlain(raw) }
}

/** A number, a duration or a size; undefined where the text is none of them. */
export function readMagnitude(text: string): Magnitude | undefined {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) {
    const number = Number(text)
    return Number.isFinite(number) ? { type: 'number', text, number } : undefined
  }
  const size = /^(\d+(?:\.\d+)?)([kmgt]?i?b)$/i.exec(text)
  const unit = size?.[2] === undefined ? undefined : sizeUnits[size[2].toLowerCase()]
  if (unit !== undefined) return { type: 'size', text, bytes: Math.round(Number(size?.[1]) * unit) }
  if (!/^-?[\d.]+[a-zµμ]/.test(text)) return undefined
  const nano = parseDuration(text)
  return nano === undefined || !Number.isSafeInteger(nano) ? undefined : { type: 'duration', text, nano }
}

/** The two ends of `from..to`; undefined where the text is no range of one kind of value. */
export function readRange(raw: string): { readonly from: Magnitude; readonly to: Magnitude } | undefined {
  const dots = raw.indexOf('..')
  if (dots < 1) return undefined
  const from = readMagnitude(raw.slice(0, dots))
  const to = readMagnitude(raw.slice(dots + 2))
  return from === undefined || to === undefined || from.type !== to.type ? undefined : { from, to }
}

/** A value that is the text itself, whatever characters it holds. */
export function textValue(text: string): TextValue {
  return { type: 'text', text }
}

/**
 * A pattern: `*` stands for any text, a backslash before a character for the character itself. Backslashes
 * are kept only where they are needed, so that one pattern has one text.
 */
export function globValue(pattern: string): GlobValue {
  return {
    type: 'glob',
    text: pattern.replace(/\\([^*\\]|$)|\\[*\\]/g, (pair, plain?: string) => plain ?? pair),
  }
}

/** A duration as a value, in the largest unit that writes it without a fraction. */
export function durationValue(nano: number): DurationValue {
  const units = [
    ['h', 3_600e9],
    ['m', 60e9],
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const
  const whole = Math.round(nano)
  for (const [unit, size] of units)
    if (whole !== 0 && whole % size === 0)
      return { type: 'duration', text: `${whole / size}${unit}`, nano: whole }
  return { type: 'duration', text: `${whole}ns`, nano: whole }
}

/** The pieces of a pattern between its stars, each as the text it stands for: `ord*\*` is `['ord', '*']`. */
export function globParts(glob: GlobValue): readonly string[] {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < glob.text.length; i++) {
    const char = glob.text.charAt(i)
    if (char === '\\' && i + 1 < glob.text.length) part += glob.text.charAt(++i)
    else if (char === '*') {
      parts.push(part)
      part = ''
    } else part += char
  }
  return [...parts, part]
}

/** Unquoted text: a backslash stands for the character after it. */
export function unescapePlain(raw: string): string {
  return raw.replace(/\\([\s\S])/g, '$1')
}

/**
 * What stands between quotes. `\"`, `\\`, `\n`, `\r`, `\t` and `\uXXXX` are read; any other backslash stays,
 * so that a regular expression need not double them: `name~"\d+"`.
 */
export function unescapeQuoted(raw: string): string {
  return raw.replace(/\\(?:(["\\nrt])|u([0-9a-fA-F]{4}))/g, (_, char: string | undefined, code: string) => {
    if (char === undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return char === 'n' ? '\n' : char === 'r' ? '\r' : char === 't' ? '\t' : char
  })
}

/** Puts a backslash before every character of an unquoted text that would end it or mean something else. */
export function escapePlain(text: string, special: RegExp): string {
  return text.replace(new RegExp(`\\\\[\\s\\S]|${special.source}`, 'g'), piece =>
    piece.length === 2 && piece.startsWith('\\') ? piece : `\\${piece}`,
  )
}

/** A text between quotes, as {@link unescapeQuoted} reads it. */
export function quoteText(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
  return `"${escaped}"`
}

function hasStar(raw: string): boolean {
  return /^(?:[^\\*]|\\[\s\S])*\*/.test(raw)
}
