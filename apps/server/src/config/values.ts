import { parseDuration } from '@waybill/model'
import { z } from 'zod'

/*
 * Each kind of setting takes its value as TOML has it or as text, since the environment and flags only have
 * text. What cannot be read as the kind is left as it is, for the schema behind it to say what it wanted.
 */

const sizeUnits = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
} as const

/** What stands for no limit; `0` does too. A schema of numbers does not let Infinity pass. */
const off = { text: 'off', number: Number.MAX_VALUE } as const

/** A TCP port; 0 has the system choose a free one. */
export function port(number: number) {
  return z
    .preprocess(
      wholeNumber,
      z.int(expected('a port from 0 to 65535')).min(0, 'ports begin at 0').max(65_535, 'ports end at 65535'),
    )
    .default(number)
}

/** A number of bytes, as such or with a unit: `1048576`, `1MiB`, `1MB`. */
export function size(text: string, least: string) {
  const leastBytes = bytesOf(least) as number
  return z
    .preprocess(bytesOf, z.int(expected('a size such as 20MiB')).min(leastBytes, `must be at least ${least}`))
    .prefault(text)
}

/** A number of bytes as {@link size} takes it, or `off`; Infinity where it is off. */
export function sizeOrOff(text: string, least: string) {
  const leastBytes = bytesOf(least) as number
  return z
    .preprocess(
      value => (isOff(value) ? off.number : bytesOf(value)),
      z.number(expected('a size such as 20GiB, or off')).min(leastBytes, `must be at least ${least}, or off`),
    )
    .transform(unlimited)
    .prefault(text)
}

/** A length of time such as `7d`, at least an hour, or `off`. In milliseconds; Infinity where it is off. */
export function ageOrOff(text: string) {
  return z
    .preprocess(
      value => (isOff(value) ? off.number : milliseconds(value)),
      z
        .number(expected('a duration such as 7d or 12h, or off'))
        .min(3_600_000, 'must be at least 1h, or off'),
    )
    .transform(unlimited)
    .prefault(text)
}

/** A length of time such as `30s`, or `0s`, in milliseconds. */
export function span(text: string) {
  return z
    .preprocess(
      milliseconds,
      z.number(expected('a duration such as 30s, or 0s')).min(0, 'must not be less than 0s'),
    )
    .prefault(text)
}

/** A whole number of something. */
export function count(number: number, least: number, most = Number.MAX_SAFE_INTEGER) {
  return z
    .preprocess(
      wholeNumber,
      z
        .int(expected('a whole number'))
        .min(least, `must be at least ${least}`)
        .max(most, `must be at most ${most}`),
    )
    .default(number)
}

/** Node's timers take no longer time: a longer one is over at once. */
const longestTimerMs = 2 ** 31 - 1

/** A number of milliseconds that is waited for. */
export function waitMs(number: number, least: number) {
  return z
    .preprocess(
      wholeNumber,
      z
        .int(expected('a whole number'))
        .min(least, `must be at least ${least}`)
        .max(longestTimerMs, `must be at most ${longestTimerMs}`),
    )
    .default(number)
}

export function toggle(on: boolean) {
  return z
    .preprocess(
      value => (value === 'true' ? true : value === 'false' ? false : value),
      z.boolean(expected('true or false')),
    )
    .default(on)
}

export function choice<const Names extends readonly [string, ...string[]]>(
  names: Names,
  chosen: NoInfer<Names[number]>,
) {
  return z.enum(names, expected(`one of ${names.join(', ')}`)).default(chosen as never)
}

export function text(value: string) {
  return z.string(expected('a text')).min(1, 'must not be empty').default(value)
}

/** A text that may be empty, which is what it is if absent. */
export function textOrNone() {
  return z.string(expected('a text')).default('')
}

/** A share of a whole, from 0 to 1. */
export function share(value: number) {
  return z
    .preprocess(
      given => (typeof given === 'string' && /^[\d.]+$/.test(given) ? Number(given) : given),
      z.number(expected('a number from 0 to 1')).min(0, 'must be at least 0').max(1, 'must be at most 1'),
    )
    .default(value)
}

/** A TOML array of texts, or one text with commas, of which one alone is the empty list. */
export function list(values: readonly string[]) {
  return z.preprocess(splitList, z.array(z.string(), expected('a list of texts'))).default([...values])
}

function expected(what: string) {
  return { error: `must be ${what}` }
}

function wholeNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
}

function unlimited(value: number): number {
  return value === off.number ? Number.POSITIVE_INFINITY : value
}

function isOff(value: unknown): boolean {
  return value === off.text || value === '0' || value === 0
}

/** A number would not say its unit, so that only texts are durations. */
function milliseconds(value: unknown): unknown {
  const nano = typeof value === 'string' ? parseDuration(value) : undefined
  return nano === undefined ? String(value) : nano / 1e6
}

function bytesOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const match = /^(\d{1,12}(?:\.\d+)?)\s*([kmgt]i?b|b)?$/i.exec(value.trim())
  if (match === null) return value
  const unit = (match[2] ?? 'B').toUpperCase() as keyof typeof sizeUnits
  return Math.round(Number(match[1]) * sizeUnits[unit])
}

function splitList(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
