import type { CompletionResponse } from '@waybill/api'
import type { CursorPlace } from '@waybill/query-language'
import {
  compare,
  conditionNames,
  conditions,
  cursorPlace,
  formatQuery,
  keyMeaning,
  keyTarget,
  shortKeys,
} from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { TimeRange } from '../time-range.ts'
import { storedKeys, storedValues } from './stored.ts'

type Option = CompletionResponse['options'][number]

const mostOptions = 50

/**
 * What may stand at offset `at` of a query's text: keys and conditions, attributes that are stored, or values of
 * a key that occur together with the rest of the query. Labels are what the text between `from` and the cursor
 * is replaced by.
 */
export async function getCompletions(
  reader: Reader,
  text: string,
  at: number,
  range: TimeRange,
): Promise<CompletionResponse> {
  const place = cursorPlace(text, at)
  const options =
    place.kind === 'key' ? await keyOptions(reader, place, range) : await valueOptions(reader, place, range)
  return { from: place.from, options: options.slice(0, mostOptions) }
}

async function keyOptions(
  reader: Reader,
  { typed, rest }: CursorPlace,
  range: TimeRange,
): Promise<readonly Option[]> {
  const fitting = (name: string) => name.toLowerCase().startsWith(typed.toLowerCase())
  const short = Object.entries(shortKeys).map(([key, meaning]) =>
    option(`${key}:`, 'key', meaning.description),
  )
  const words = [option('is:', 'is', 'Condition'), option('has:', 'is', 'The key is present')]
  const known = [...short, ...words].filter(({ label }) => fitting(label))
  const attributes = await storedKeys(reader, typed, { query: rest, range })
  const startingFirst = attributes.toSorted((a, b) => Number(fitting(b)) - Number(fitting(a)))
  return [...known, ...startingFirst.map(key => option(`${keyText(key)}:`, 'key', 'Attribute'))]
}

async function valueOptions(
  reader: Reader,
  place: CursorPlace,
  range: TimeRange,
): Promise<readonly Option[]> {
  const { key, typed, rest } = place
  const starting = (name: string) => name.startsWith(typed.toLowerCase())
  if (key === 'is')
    return conditionNames.filter(starting).map(name => option(name, 'is', conditions[name].description))
  if (key === 'has') return (await keyOptions(reader, { ...place, kind: 'key' }, range)).flatMap(asHeldKey)
  const { choices } = keyMeaning(key)
  if (choices !== undefined) return choices.filter(starting).map(name => option(name, 'value'))
  const values = await storedValues(reader, key, typed, { query: rest, range })
  return values.map(({ value, count }) => option(valueText(key, value), 'value', String(count)))
}

/** `topic:` as a key is `topic` after `has:`. */
function asHeldKey(key: Option): readonly Option[] {
  return key.kind === 'is' ? [] : [{ ...key, label: key.label.slice(0, -1) }]
}

function option(label: string, kind: Option['kind'], detail?: string): Option {
  return detail === undefined ? { label, kind } : { label, kind, detail }
}

/** An attribute's name as a key: with the prefix that tells it from a short key of the same name. */
function keyText(name: string): string {
  const key = keyTarget(name).type === 'short' ? `@${name}` : name
  return formatQuery(compare(key, '=', 'x')).slice(0, -2)
}

/** A value as it is written after its key. */
function valueText(key: string, value: string): string {
  return formatQuery(compare(key, '=', value)).slice(formatQuery(compare(key, '=', 'x')).length - 1)
}
