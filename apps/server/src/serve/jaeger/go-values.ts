import { parseDuration, WaybillError } from '@waybill/model'

/** Texts that Go's strconv.ParseBool takes. */
const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map(text => [text, false])),
}

/**
 * Reads a parameter that Go's strconv.ParseBool reads; absent and empty are false.
 *
 * @throws WaybillError BAD_PARAMETER with its name.
 */
export function readFlag(text: string | null, name: string): boolean {
  const value = parseFlag(text ?? '')
  if (value === undefined) throw unreadable(name, text ?? '', 'true or false')
  return value
}

/** A text that Go's strconv.ParseBool takes, the empty one as false; undefined for any other. */
export function parseFlag(text: string): boolean | undefined {
  if (text === '') return false
  return Object.hasOwn(truths, text) ? truths[text] : undefined
}

/**
 * Reads a whole number of units, as a number of nanoseconds; undefined where it is absent or empty.
 *
 * @throws WaybillError BAD_PARAMETER with its name.
 */
export function readWhole(text: string | null, name: string, unitNano: bigint): bigint | undefined {
  if (text === null || text === '') return undefined
  if (!/^[-+]?\d{1,19}$/.test(text)) throw unreadable(name, text, 'number')
  return BigInt(text) * unitNano
}

/**
 * Reads a duration as Go writes it (`1.2s`, `100ms`), in nanoseconds; absent, empty and `0s` set no bound.
 *
 * @throws WaybillError BAD_PARAMETER with its name.
 */
export function readGoDuration(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined
  const nano = parseDuration(text)
  if (nano === undefined) throw unreadable(name, text, 'duration')
  return nano === 0 ? undefined : nano
}

/**
 * A JSON object of texts, as Go reads one into a map: null is an empty one. Every key counts, `__proto__` too, since a
 * condition that is left out finds more than was asked for.
 *
 * @returns undefined where the value is no such object.
 */
export function textMapOf(json: unknown): ReadonlyMap<string, string> | undefined {
  if (json === null) return new Map()
  if (typeof json !== 'object' || Array.isArray(json)) return undefined
  const entries: readonly (readonly [string, unknown])[] = Object.entries(json)
  return entries.every(isTextEntry) ? new Map(entries) : undefined
}

function isTextEntry(entry: readonly [string, unknown]): entry is readonly [string, string] {
  return typeof entry[1] === 'string'
}

/** The error of a parameter's value that cannot be read, in the words of Jaeger. */
export function unreadable(name: string, text: string, what: string): WaybillError {
  const problem = `${JSON.stringify(text)} is ${what === 'true or false' ? 'neither true nor false' : `no ${what}`}`
  return new WaybillError('BAD_PARAMETER', `unable to parse param '${name}': ${problem}`)
}

const earliestNano = 0n
/** The store's time ends in 2262. */
const latestNano = 9_223_372_036_854_775_000n

/** A time that the store can compare with; whatever lies outside narrows nothing. */
export function withinStore(nano: bigint): string {
  return String(nano < earliestNano ? earliestNano : nano > latestNano ? latestNano : nano)
}
