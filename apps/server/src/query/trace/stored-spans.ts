import type { LightSpan, Span, SpanEvent, SpanId, SpanLink, TraceId } from '@waybill/model'
import { lightSpan, spanKinds, statusCodes } from '@waybill/model'
import type { Parameters, Reader } from '../../store/engine.ts'
import { attributeColumns, nestedAttributeColumns, readAttributes } from './stored-attributes.ts'

/** What every span has, as {@link coreColumns} reads it. 64-bit numbers are decimal texts. */
interface SpanCore {
  readonly trace: string
  readonly id: string
  readonly parent: string
  readonly trace_state: string
  readonly flags: number
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly start_nano: string
  readonly duration: string
  readonly status_code: number
  readonly status_message: string
  readonly resource_id: string
  readonly scope_id: string
  readonly attribute_keys: readonly string[]
  readonly attribute_values: readonly string[]
  readonly attribute_types: readonly number[]
  readonly dropped_attributes_count: number
  readonly dropped_events_count: number
  readonly dropped_links_count: number
}

/** Events and links, which most spans have none of. */
interface SpanExtras {
  readonly event_times: readonly string[]
  readonly event_names: readonly string[]
  readonly event_keys: readonly (readonly string[])[]
  readonly event_values: readonly (readonly string[])[]
  readonly event_types: readonly (readonly number[])[]
  readonly event_dropped: readonly number[]
  readonly link_traces: readonly string[]
  readonly link_spans: readonly string[]
  readonly link_states: readonly string[]
  readonly link_keys: readonly (readonly string[])[]
  readonly link_values: readonly (readonly string[])[]
  readonly link_types: readonly (readonly number[])[]
  readonly link_dropped: readonly number[]
  readonly link_flags: readonly number[]
}

/** A row of `spans` as {@link spanColumns} reads it. */
export type SpanRecord = SpanCore & SpanExtras

const idColumns = 'lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS id'

const coreColumns = `${idColumns}, lower(hex(parent_span_id)) AS parent,
  trace_state, flags, service, name, kind, toUnixTimestamp64Nano(start) AS start_nano, duration,
  status_code, status_message, resource AS resource_id, scope AS scope_id,
  ${attributeColumns('attributes', 'attribute_types', 'attribute')},
  dropped_attributes_count, dropped_events_count, dropped_links_count`

const extraColumns = `arrayMap(time -> toUnixTimestamp64Nano(time), events.time) AS event_times,
  events.name AS event_names, ${nestedAttributeColumns('events', 'event')},
  events.dropped_attributes_count AS event_dropped,
  arrayMap(id -> lower(hex(id)), links.trace_id) AS link_traces,
  arrayMap(id -> lower(hex(id)), links.span_id) AS link_spans, links.trace_state AS link_states,
  ${nestedAttributeColumns('links', 'link')},
  links.dropped_attributes_count AS link_dropped, links.flags AS link_flags`

const noExtras: SpanExtras = {
  event_times: [],
  event_names: [],
  event_keys: [],
  event_values: [],
  event_types: [],
  event_dropped: [],
  link_traces: [],
  link_spans: [],
  link_states: [],
  link_keys: [],
  link_values: [],
  link_types: [],
  link_dropped: [],
  link_flags: [],
}
const hasExtras = 'notEmpty(events.name) OR notEmpty(links.span_id)'

/** All of a span, as SQL. */
export const spanColumns: string = `${coreColumns}, ${extraColumns}`

/** Which rows of `spans` are meant. */
export interface SpanCondition {
  /** What picks them; it is read first, and the other columns only where it holds. */
  readonly prewhere: string
  /** What the engine prunes by, and further conditions. */
  readonly where: string
  /** Only so many, the earliest. */
  readonly limit?: number
}

/**
 * Reads spans, in no order. Every column costs time, so events and links are read only where there are any.
 *
 * @param atOnce for spans of which many are known to have some: all is read with one statement.
 */
export async function readSpanRecords(
  reader: Reader,
  condition: SpanCondition,
  parameters: Parameters,
  atOnce = false,
): Promise<readonly SpanRecord[]> {
  if (atOnce) return reader.query<SpanRecord>(`SELECT ${spanColumns}\n${fromSpans(condition)}`, parameters)
  const cores = await reader.query<SpanCore & { readonly has_extras: number }>(
    `SELECT ${coreColumns}, ${hasExtras} AS has_extras\n${fromSpans(condition)}`,
    parameters,
  )
  if (!cores.some(core => core.has_extras === 1)) return cores.map(core => ({ ...core, ...noExtras }))
  const extras = await reader.query<SpanExtras & RowIdentity>(
    `SELECT ${idColumns}, service, toUnixTimestamp64Nano(start) AS start_nano, duration, ${extraColumns}
${fromSpans(condition, ` AND (${hasExtras})`)}`,
    parameters,
  )
  const byIdentity = Map.groupBy(extras, identityOf)
  return cores.map(core => ({
    ...core,
    ...((core.has_extras === 1 && byIdentity.get(identityOf(core))?.shift()) || noExtras),
  }))
}

function fromSpans({ prewhere, where, limit }: SpanCondition, extra = ''): string {
  const tail = limit === undefined ? '' : `\nORDER BY start, span_id\nLIMIT ${limit}`
  return `FROM spans\nPREWHERE ${prewhere}\nWHERE ${where}${extra}${tail}`
}

/** What tells a row of `spans` from others, as far as the ids that clients give do: two services may share one. */
type RowIdentity = Pick<SpanCore, 'trace' | 'id' | 'service' | 'start_nano' | 'duration'>

function identityOf({ trace, id, service, start_nano, duration }: RowIdentity): string {
  return `${trace}${id} ${start_nano} ${duration} ${service}`
}

/** Rows in the order they started; times before 1970 do not exist, what has a sign is beyond 2262. */
export function sortRecords(records: readonly SpanRecord[]): readonly SpanRecord[] {
  const keyed = records.map(row => ({ row, start: unsigned(row.start_nano) }))
  return keyed
    .sort((a, b) => (a.start === b.start ? (a.row.id < b.row.id ? -1 : 1) : a.start < b.start ? -1 : 1))
    .map(({ row }) => row)
}

/** What messages are made of: neither events nor resources, and of links what they say of a message. */
const messageColumns = `${idColumns}, lower(hex(parent_span_id)) AS parent, service, name, kind,
  toUnixTimestamp64Nano(start) AS start_nano, duration, status_code,
  ${attributeColumns('attributes', 'attribute_types', 'attribute')},
  arrayMap(id -> lower(hex(id)), links.trace_id) AS link_traces,
  arrayMap(id -> lower(hex(id)), links.span_id) AS link_spans, ${nestedAttributeColumns('links', 'link')}`

const notRead = {
  ...noExtras,
  trace_state: '',
  flags: 0,
  status_message: '',
  resource_id: '',
  scope_id: '',
  dropped_attributes_count: 0,
  dropped_events_count: 0,
  dropped_links_count: 0,
}

/** Reads as much of spans as their messages are made of, in no order. */
export async function readLightSpans(
  reader: Reader,
  condition: SpanCondition,
  parameters: Parameters,
): Promise<readonly LightSpan[]> {
  const rows = await reader.query<SpanRecord>(`SELECT ${messageColumns}\n${fromSpans(condition)}`, parameters)
  const ignored = makeNumbering()
  return rows.map(row => lightSpan(readSpan({ ...notRead, ...row }, ignored, ignored)))
}

const noParent = '0000000000000000'

/** Numbers the resources and scopes that the spans of one answer name, in the order they are met. */
export interface Numbering {
  readonly ids: readonly string[]
  placeOf(id: string): number
}

export function makeNumbering(): Numbering {
  const places = new Map<string, number>()
  const ids: string[] = []
  return {
    ids,
    placeOf: id => {
      const known = places.get(id)
      if (known !== undefined) return known
      places.set(id, ids.length)
      return ids.push(id) - 1
    },
  }
}

/** The span of a row, equal to what was received. */
export function readSpan(row: SpanRecord, resources: Numbering, scopes: Numbering): Span {
  const start = unsigned(row.start_nano)
  return {
    traceId: row.trace as TraceId,
    spanId: row.id as SpanId,
    parentSpanId: row.parent === noParent ? '' : (row.parent as SpanId),
    traceState: row.trace_state,
    flags: row.flags,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(BigInt.asUintN(64, start + BigInt(row.duration))),
    attributes: readAttributes({
      keys: row.attribute_keys,
      values: row.attribute_values,
      types: row.attribute_types,
    }),
    droppedAttributesCount: row.dropped_attributes_count,
    events: row.event_times.map((time, i) => readEvent(row, time, i)),
    droppedEventsCount: row.dropped_events_count,
    links: row.link_traces.map((traceId, i) => readLink(row, traceId, i)),
    droppedLinksCount: row.dropped_links_count,
    status: { code: statusCodes[row.status_code] ?? 'unset', message: row.status_message },
    service: row.service,
    resource: resources.placeOf(row.resource_id),
    scope: scopes.placeOf(row.scope_id),
  }
}

function readEvent(row: SpanRecord, time: string, i: number): SpanEvent {
  return {
    timeUnixNano: String(unsigned(time)),
    name: row.event_names[i] ?? '',
    attributes: readAttributes({
      keys: row.event_keys[i] ?? [],
      values: row.event_values[i] ?? [],
      types: row.event_types[i] ?? [],
    }),
    droppedAttributesCount: row.event_dropped[i] ?? 0,
  }
}

function readLink(row: SpanRecord, traceId: string, i: number): SpanLink {
  return {
    traceId: traceId as TraceId,
    spanId: (row.link_spans[i] ?? '') as SpanId,
    traceState: row.link_states[i] ?? '',
    attributes: readAttributes({
      keys: row.link_keys[i] ?? [],
      values: row.link_values[i] ?? [],
      types: row.link_types[i] ?? [],
    }),
    droppedAttributesCount: row.link_dropped[i] ?? 0,
    flags: row.link_flags[i] ?? 0,
  }
}

/** OTLP's times are unsigned; the column holds the same 64 bits with a sign. */
function unsigned(nano: string): bigint {
  return BigInt.asUintN(64, BigInt(nano))
}
