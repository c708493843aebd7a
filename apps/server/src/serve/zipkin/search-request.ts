import type { Query } from '@waybill/query-language'
import { and, compare, durationBetween, every, has, inTrace, is, isIn, or } from '@waybill/query-language'
import type { TimeRange } from '../../query/time-range.ts'
import { makeRange } from '../../query/time-range.ts'
import type { SearchRequest } from '../queries.ts'
import { bad, readNumber } from './parameters.ts'

const defaultLookbackMs = 86_400_000
const defaultLimit = 10
/** What one answer may hold. */
const largestLimit = 1500
const msNano = 1_000_000n

/**
 * Reads the parameters of Zipkin's `GET /api/v2/traces` (Zipkin 3, QueryRequest) into the one query tree. There,
 * the conditions hold for a trace whose spans of the service meet each of them, one span or several.
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER; its message is Zipkin's where Zipkin has one.
 */
export function readZipkinSearch(parameters: URLSearchParams, now: number): SearchRequest {
  const range = readZipkinRange(parameters, now)
  const limit = readNumber(parameters, 'limit') ?? BigInt(defaultLimit)
  if (limit <= 0n) throw bad('limit <= 0')
  const conditions = [
    named('name', parameters.get('spanName'), 'all'),
    remoteService(parameters.get('remoteServiceName')),
    ...annotations(parameters.get('annotationQuery') ?? ''),
    duration(parameters),
  ].flatMap(condition => condition ?? [])
  const service = named('service', parameters.get('serviceName'))
  return {
    query: onService(service, conditions),
    range,
    limit: Number(limit < largestLimit ? limit : largestLimit),
  }
}

/**
 * Reads `endTs` and `lookback`, milliseconds: the range between them, with all of its last millisecond.
 *
 * @param now the end where none is given, milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER
 */
export function readZipkinRange(parameters: URLSearchParams, now: number): TimeRange {
  const endTs = readNumber(parameters, 'endTs') ?? BigInt(Math.floor(now))
  const lookback = readNumber(parameters, 'lookback') ?? BigInt(defaultLookbackMs)
  for (const [name, value] of Object.entries({ endTs, lookback })) if (value <= 0n) throw bad(`${name} <= 0`)
  return makeRange((endTs - lookback) * msNano, (endTs + 1n) * msNano)
}

/** One condition needs one span; several may be met by several spans of the service. */
function onService(service: Query | undefined, conditions: readonly Query[]): Query {
  const ofService = (condition: Query) => (service === undefined ? condition : and([service, condition]))
  const [first] = conditions
  if (first === undefined) return service ?? every
  return conditions.length === 1
    ? ofService(first)
    : and(conditions.map(condition => inTrace(ofService(condition))))
}

/** Zipkin stores and asks names in small letters; spans of other clients have them as they were given. */
function named(key: 'service' | 'name', name: string | null, any?: string): Query | undefined {
  if (name === null || name === '' || name.toLowerCase() === any) return undefined
  return isOneOf(key, name)
}

function isOneOf(key: string, name: string): Query {
  const small = name.toLowerCase()
  return small === name ? compare(key, '=', name) : isIn(key, [name, small])
}

/**
 * The service at the other end, by the names that the semantic conventions have had for it; of a producer and a
 * consumer the messaging system.
 */
function remoteService(name: string | null): Query | undefined {
  if (name === null || name === '') return undefined
  const named = ['@service.peer.name', '@peer.service'].map(key => isOneOf(key, name))
  return or([...named, and([isIn('kind', ['producer', 'consumer']), isOneOf('system', name)])])
}

/**
 * `http.method=GET and error`: tags with a value, and words that are an annotation or the key of a tag.
 *
 * Grammar: term { " and " term }, term = key [ "=" value ]; both are trimmed. Of one key the last value counts.
 */
function annotations(text: string): readonly Query[] {
  const terms = new Map<string, string>()
  for (const term of text.split(' and ')) {
    const equals = term.indexOf('=')
    const key = (equals === -1 ? term : term.slice(0, equals)).trim()
    if (equals !== -1) terms.set(key, term.slice(equals + 1).trim())
    else if (!terms.has(key)) terms.set(key, '')
  }
  terms.delete('')
  return [...terms].map(([key, value]) => (value === '' ? mentioned(key) : tagged(key, value)))
}

function mentioned(key: string): Query {
  const found = [has(`@${key}`), compare('event', '=', key)]
  return or(key === 'error' ? [is('error'), ...found] : found)
}

/** Zipkin's tag `error` is the message of the failure: OTLP has a status for that. */
function tagged(key: string, value: string): Query {
  // The at-sign: a tag called `name` is an attribute of that name, not the name of the span.
  const attribute = compare(`@${key}`, '=', value)
  if (key !== 'error') return attribute
  return or([value === 'true' ? is('error') : and([is('error'), compare('message', '=', value)]), attribute])
}

function duration(parameters: URLSearchParams): Query | undefined {
  const least = readNumber(parameters, 'minDuration')
  const most = readNumber(parameters, 'maxDuration')
  if (least === undefined) {
    if (most !== undefined) throw bad('maxDuration is only valid with minDuration')
    return undefined
  }
  if (least <= 0n) throw bad('minDuration <= 0')
  if (most !== undefined && most < least) throw bad('maxDuration < minDuration')
  return durationBetween(nanoOf(least), most === undefined ? undefined : nanoOf(most))
}

/** Microseconds as nanoseconds. What a number does not hold exactly is longer than any span. */
function nanoOf(micros: bigint): number {
  return Math.min(Number(micros * 1000n), Number.MAX_SAFE_INTEGER)
}
