import type { TraceId } from '@waybill/model'
import { spanKinds, statusCodes, WaybillError } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { and, compare, durationBetween, is, isIn, or } from '@waybill/query-language'
import type { TimeRange } from '../../query/time-range.ts'
import type { SearchRequest } from '../queries.ts'
import { readGoDuration, readWhole, textMapOf, unreadable, withinStore } from './go-values.ts'
import { parseJaegerTraceId } from './trace-id.ts'
import { unnamedService } from './trace-model.ts'

/** A search of the legacy API: by ids, or by what one span of the trace is like. */
export type LegacySearch =
  | { readonly kind: 'ids'; readonly traceIds: readonly TraceId[] }
  | { readonly kind: 'search'; readonly request: SearchRequest }

/** What every API of Jaeger asks of one span; what is absent does not matter. */
export interface JaegerConditions {
  readonly service: string
  readonly operation: string
  readonly tags: ReadonlyMap<string, string>
  readonly minNano: number | undefined
  readonly maxNano: number | undefined
}

const defaultLookbackNano = 172_800_000_000_000n
const defaultLimit = 100
const microNano = 1000n
/** What one answer may hold; Jaeger's UI offers up to this many. */
const largestLimit = 1500

/**
 * Reads the parameters of `GET /api/traces` (Jaeger 2.20, query_parser.go) into the one query tree.
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER; its message is Jaeger's where clients may look at it.
 */
export function readLegacySearch(parameters: URLSearchParams, now: number): LegacySearch {
  const range = readRange(parameters, now)
  const tags = readTags(parameters)
  const limit = readLimit(parameters.get('limit'))
  const minNano = readGoDuration(parameters.get('minDuration'), 'minDuration')
  const maxNano = readGoDuration(parameters.get('maxDuration'), 'maxDuration')
  const traceIds = parameters.getAll('traceID').map(text => {
    const traceId = parseJaegerTraceId(text)
    if (traceId === undefined) throw bad(`cannot parse traceID param: ${JSON.stringify(text)}`)
    return traceId
  })
  const service = parameters.get('service') ?? ''
  if (traceIds.length === 0 && service === '') throw bad("parameter 'service' is required")
  if (minNano !== undefined && maxNano !== undefined && maxNano < minNano)
    throw bad("'maxDuration' should be greater than 'minDuration'")
  if (traceIds.length > 0) return { kind: 'ids', traceIds }
  const operation = parameters.get('operation') ?? ''
  const query = jaegerQuery({ service, operation, tags, minNano, maxNano })
  return { kind: 'search', request: { query, range, limit } }
}

/** The conditions as the one query tree. An empty service or operation is none. */
export function jaegerQuery({ service, operation, tags, minNano, maxNano }: JaegerConditions): Query {
  const duration = durationBetween(minNano, maxNano)
  return and([
    ...(service === '' ? [] : [ofService(storedServices(service))]),
    ...(operation === '' ? [] : [compare('name', '=', operation)]),
    ...[...tags].map(([key, value]) => tagCondition(key, value)),
    duration,
  ])
}

/** Names that Jaeger's versions gave to a service without one. */
const unnamedServices: readonly string[] = [unnamedService, 'empty-service-name', 'OTLPResourceNoServiceName']

/**
 * The services that are stored under the name that a client of Jaeger knows. Jaeger gives such a name to a service that
 * has none, and also sends it on: to Kafka, and in what was exported from it.
 */
export function storedServices(name: string): readonly string[] {
  return unnamedServices.includes(name) ? ['', name] : [name]
}

function ofService(names: readonly string[]): Query {
  const [name = ''] = names
  return names.length === 1 ? compare('service', '=', name) : isIn('service', names)
}

/**
 * A tag as a condition. Tags that Jaeger makes out of other parts of a span (its model has only tags) are
 * looked for there. A tag of the process counts as a tag of the span.
 */
function tagCondition(key: string, value: string): Query {
  // The at-sign: a tag called `name` is an attribute of that name, not the name of the span.
  const attribute = compare(`@${key}`, '=', value)
  if (key === 'error' && value === 'true') return or([is('error'), attribute])
  const kind = spanKinds.find(name => name === value.toLowerCase())
  if (key === 'span.kind' && kind !== undefined) return compare('kind', '=', kind)
  const status = statusCodes.find(code => code === value.toLowerCase())
  if (key === 'otel.status_code' && status !== undefined) return compare('status', '=', status)
  return key === 'otel.status_description' ? compare('message', '=', value) : attribute
}

function readTags(parameters: URLSearchParams): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const tag of parameters.getAll('tag')) {
    const colon = tag.indexOf(':')
    if (colon === -1) throw bad(`malformed 'tag' parameter, expecting key:value, received: ${tag}`)
    tags.set(tag.slice(0, colon), tag.slice(colon + 1))
  }
  for (const text of parameters.getAll('tags')) {
    for (const [key, value] of readTextMap(text)) tags.set(key, value)
  }
  return tags
}

function readTextMap(text: string): ReadonlyMap<string, string> {
  let map: unknown
  try {
    map = JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw bad(`malformed 'tags' parameter, cannot unmarshal JSON: ${reason}`)
  }
  const texts = textMapOf(map)
  if (texts === undefined)
    throw bad("malformed 'tags' parameter, cannot unmarshal JSON: expecting an object of strings")
  return texts
}

function readLimit(text: string | null): number {
  if (text === null || text === '') return defaultLimit
  const limit = /^[-+]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(limit)) throw unreadable('limit', text, 'number')
  return checkLimit(limit)
}

/**
 * The number of traces that a search answers: what is asked for, up to what one answer may hold.
 *
 * @throws WaybillError BAD_PARAMETER for 0 and less.
 */
export function checkLimit(limit: number): number {
  if (limit <= 0) throw bad('invalid parameter: limit must be greater than 0')
  return Math.min(limit, largestLimit)
}

/**
 * Reads `start` and `end`, microseconds since 1970: the range between them, with all of its last microsecond, since
 * answers have no finer times, and what stands there can be asked for.
 */
function readRange(parameters: URLSearchParams, now: number): TimeRange {
  const nowNano = BigInt(Math.floor(now)) * 1_000_000n
  const start = readWhole(parameters.get('start'), 'start', microNano)
  const end = readWhole(parameters.get('end'), 'end', microNano)
  const startNano = start ?? nowNano - defaultLookbackNano
  if (startNano > (end ?? nowNano)) throw bad('invalid parameter: start time must be before end time')
  return {
    startUnixNano: withinStore(startNano),
    endUnixNano: withinStore(end === undefined ? nowNano : end + microNano),
  }
}

function bad(message: string): WaybillError {
  return new WaybillError('BAD_PARAMETER', message)
}
