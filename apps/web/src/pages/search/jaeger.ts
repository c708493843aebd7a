import { parseDuration } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { and, compare, durationBetween, formatQuery } from '@waybill/query-language'
import type { ExploreSearch } from '../explore/search.ts'

/**
 * Turns the search part of a Jaeger link (`/search?service=…&operation=…&tags=…&lookback=…`) into what
 * Explore shows. `tags` is a JSON object of texts; links typed by hand have logfmt or `key:value`. `start` and
 * `end` are microseconds since 1970 and count where `lookback` is `custom` or absent.
 */
export function fromJaegerSearch(search: Readonly<Record<string, string | undefined>>): ExploreSearch {
  const { service, operation, tags, tag, minDuration, maxDuration, lookback, start, end } = search
  const q = formatQuery(
    and([
      ...named('service', service),
      ...named('name', operation),
      ...[...readTags(tags), ...readTags(tag)].map(([key, value]) => compare(key, '=', value)),
      durationBetween(parseDuration(minDuration ?? ''), parseDuration(maxDuration ?? '')),
    ]),
  )
  return { ...(q !== '' && { q }), ...readRange(lookback, start, end) }
}

/** Jaeger's `all` stands for no condition. */
function named(key: string, value: string | undefined): readonly Query[] {
  return value === undefined || value === '' || value === 'all' ? [] : [compare(key, '=', value)]
}

function readRange(
  lookback: string | undefined,
  start: string | undefined,
  end: string | undefined,
): ExploreSearch {
  if (lookback !== undefined && /^\d+[smhdw]$/.test(lookback)) return { last: lookback }
  const from = microsecondsToText(start)
  const to = microsecondsToText(end)
  return { ...(from !== undefined && { start: from }), ...(to !== undefined && { end: to }) }
}

function microsecondsToText(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined
  return new Date(Number(text) / 1000).toISOString()
}

function readTags(text: string | undefined): readonly (readonly [string, string])[] {
  if (text === undefined || text === '') return []
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null)
      return Object.entries(parsed).map(([key, value]) => [key, String(value)])
  } catch {
    // Not JSON: the forms that people type are read below.
  }
  return [...text.matchAll(/([^\s:=]+)[:=](?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, key = '', quoted, plain = '']) => [
      key,
      quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, '$1'),
    ],
  )
}
