import type { Resource, Scope, Span, SpanEvent, SpanId, SpanLink, TraceId } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import { attributeColumns, nestedAttributeColumns, readAttributes } from './stored-attributes.ts'

/** A row of `spans` as {@link spanColumns} reads it. 64-bit numbers are decimal texts. */
export interface SpanRecord {
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
  readonly event_times: readonly string[]
  readonly event_names: readonly string[]
  readonly event_keys: readonly (readonly string[])[]
  readonly event_values: readonly (readonly string[])[]
  readonly event_types: readonly (readonly number[])[]
  readonly event_dropped: readonly number[]
  readonly dropped_events_count: number
  readonly link_traces: readonly string[]
  readonly link_spans: readonly string[]
  readonly link_states: readonly string[]
  readonly link_keys: readonly (readonly string[])[]
  readonly link_values: readonly (readonly string[])[]
  readonly link_types: readonly (readonly number[])[]
  readonly link_dropped: readonly number[]
  readonly link_flags: readonly number[]
  readonly dropped_links_count: number
}

/** All of a span, as SQL. */
export const spanColumns = `lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS id, lower(hex(parent_span_id)) AS parent,
  trace_state, flags, service, name, kind, toUnixTimestamp64Nano(start) AS start_nano, duration,
  status_code, status_message, resource AS resource_id, scope AS scope_id,
  ${attributeColumns('attributes', 'attribute_types', 'attribute')}, dropped_attributes_count,
  arrayMap(time -> toUnixTimestamp64Nano(time), events.time) AS event_times, events.name AS event_names,
  ${nestedAttributeColumns('events', 'event')},
  events.dropped_attributes_count AS event_dropped, dropped_events_count,
  arrayMap(id -> lower(hex(id)), links.trace_id) AS link_traces,
  arrayMap(id -> lower(hex(id)), links.span_id) AS link_spans, links.trace_state AS link_states,
  ${nestedAttributeColumns('links', 'link')},
  links.dropped_attributes_count AS link_dropped, links.flags AS link_flags, dropped_links_count`

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

interface DescriptionRecord {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly attribute_keys: readonly string[]
  readonly attribute_values: readonly string[]
  readonly attribute_types: readonly number[]
  readonly dropped_attributes_count: number
  readonly schema_url: string
}

/** The resources of the ids, in their order. */
export async function readResources(reader: Reader, ids: readonly string[]): Promise<readonly Resource[]> {
  const rows = await readDescriptions(reader, 'resources', "'' AS name, '' AS version", ids)
  return rows.map(describe)
}

/** The scopes of the ids, in their order. */
export async function readScopes(reader: Reader, ids: readonly string[]): Promise<readonly Scope[]> {
  const rows = await readDescriptions(reader, 'scopes', 'name, version', ids)
  return rows.map(row => ({ name: row?.name ?? '', version: row?.version ?? '', ...describe(row) }))
}

async function readDescriptions(
  reader: Reader,
  table: 'resources' | 'scopes',
  columns: string,
  ids: readonly string[],
): Promise<readonly (DescriptionRecord | undefined)[]> {
  if (ids.length === 0) return []
  const rows = await reader.query<DescriptionRecord>(
    `SELECT id, ${columns}, ${attributeColumns('attributes', 'attribute_types', 'attribute')},
  dropped_attributes_count, schema_url
FROM ${table}
WHERE id IN (SELECT arrayJoin(arrayMap(id -> toUInt64(id), {ids:Array(String)})))
LIMIT 1 BY id`,
    { ids },
  )
  const byId = new Map(rows.map(row => [row.id, row]))
  return ids.map(id => byId.get(id))
}

function describe(row: DescriptionRecord | undefined): Resource {
  return {
    attributes: readAttributes({
      keys: row?.attribute_keys ?? [],
      values: row?.attribute_values ?? [],
      types: row?.attribute_types ?? [],
    }),
    droppedAttributesCount: row?.dropped_attributes_count ?? 0,
    schemaUrl: row?.schema_url ?? '',
  }
}
