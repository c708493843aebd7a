import { parseDuration, WaybillError } from '@waybill/model'
import type { TimeRange } from '../../query/time-range.ts'
import type { SearchRequest } from '../queries.ts'
import { parseFlag, textMapOf, withinStore } from './go-values.ts'
import { parseInstant } from './instant.ts'
import { checkLimit, jaegerQuery } from './search-request.ts'

export interface V3Search {
  readonly request: SearchRequest
  readonly isRaw: boolean
}

const defaultDepth = 100

/**
 * Reads TraceQueryParameters as `GET /api/v3/traces` and `/api/v3/trace-summaries` have them (Jaeger 2.20,
 * apiv3/query_parser.go): `query.serviceName` and the others, in snake_case too.
 *
 * @throws WaybillError BAD_PARAMETER; its message is Jaeger's where clients may look at it.
 */
export function readV3Search(parameters: URLSearchParams): V3Search {
  const service = named(parameters, 'query.serviceName', 'query.service_name').text
  const operation = named(parameters, 'query.operationName', 'query.operation_name').text
  const tags = readAttributes(parameters.get('query.attributes') ?? '')
  const range = readV3Range(
    named(parameters, 'query.startTimeMin', 'query.start_time_min'),
    named(parameters, 'query.startTimeMax', 'query.start_time_max'),
  )
  const limit = readDepth(named(parameters, 'query.searchDepth', 'query.search_depth', 'query.num_traces'))
  const minNano = readDuration(named(parameters, 'query.durationMin', 'query.duration_min'))
  const maxNano = readDuration(named(parameters, 'query.durationMax', 'query.duration_max'))
  const isRaw = readV3Flag(named(parameters, 'query.rawTraces', 'query.raw_traces'))
  const query = jaegerQuery({ service, operation, tags, minNano, maxNano })
  return { request: { query, range, limit }, isRaw }
}

/** A parameter by the first of its names that is given, and what it is called in errors. */
export interface V3Parameter {
  readonly name: string
  readonly text: string
}

/** The parameter under the first of its names that has a text; under the last one, empty, if none has. */
export function named(parameters: URLSearchParams, ...names: readonly [string, ...string[]]): V3Parameter {
  const name = names.find(name => parameters.get(name)) ?? names.at(-1) ?? names[0]
  return { name, text: parameters.get(name) ?? '' }
}

/**
 * A range of two times that both have to be given, the later one not part of it.
 *
 * @throws WaybillError BAD_PARAMETER
 */
export function readV3Range(from: V3Parameter, to: V3Parameter): TimeRange {
  const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const names = [camel(from.name), camel(to.name)]
  if (from.text === '' || to.text === '') throw bad(`${names.join(' and ')} are required`)
  const [start, end] = [readV3Instant(from), readV3Instant(to)]
  if (start >= end) throw bad(`${names.join(' must be before ')}`)
  return { startUnixNano: withinStore(start), endUnixNano: withinStore(end) }
}

/**
 * Reads a time of RFC 3339, in nanoseconds since 1970. Grafana sends the plus sign of an offset as it is, which
 * in a query string is a space.
 *
 * @throws WaybillError BAD_PARAMETER
 */
export function readV3Instant(parameter: V3Parameter): bigint {
  return (
    parseInstant(parameter.text.replace(/ (?=\d\d:\d\d$)/, '+')) ??
    malformed(parameter, 'no time as of RFC 3339')
  )
}

/** @throws WaybillError BAD_PARAMETER */
export function readV3Flag(parameter: V3Parameter): boolean {
  return parseFlag(parameter.text) ?? malformed(parameter, 'neither true nor false')
}

function readDepth(parameter: V3Parameter): number {
  const { text } = parameter
  if (text === '') return defaultDepth
  return checkLimit(/^[-+]?\d{1,9}$/.test(text) ? Number(text) : malformed(parameter, 'no number'))
}

function readDuration(parameter: V3Parameter): number | undefined {
  if (parameter.text === '') return undefined
  const nano = parseDuration(parameter.text) ?? malformed(parameter, 'no duration')
  return nano === 0 ? undefined : nano
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const parameter = { name: 'query.attributes', text }
  if (text === '') return new Map()
  let map: unknown
  try {
    map = JSON.parse(text)
  } catch {
    return malformed(parameter, 'no JSON')
  }
  return textMapOf(map) ?? malformed(parameter, 'no JSON object of strings')
}

function malformed({ name, text }: V3Parameter, what: string): never {
  throw bad(`malformed parameter ${name}: ${JSON.stringify(text)} is ${what}`)
}

function bad(message: string): WaybillError {
  return new WaybillError('BAD_PARAMETER', message)
}
