import { join } from 'node:path'

/** A field of the segment as a column: its path in the messages, the name we give it, its element's type. */
export interface SegmentColumn {
  readonly path: string
  readonly name: string
  readonly type: string
  /** How many lists the field lies in. */
  readonly depth: number
}

/** The three levels of a segment: resources contain scopes, scopes contain spans. */
export type SegmentLevel = 'resource' | 'scope' | 'span'

type Field = readonly [path: string, name: string, type: string]

// `value.value` takes the name of the oneof: with input_format_protobuf_oneof_presence it holds the number of
// the field that was set, 0 for none.
function attributeFields(path: string, prefix: string): readonly Field[] {
  return [
    [`${path}.key`, `${prefix}_keys`, 'LowCardinality(String)'],
    [`${path}.value.value`, `${prefix}_types`, 'UInt8'],
    [`${path}.value.string_value`, `${prefix}_texts`, 'String'],
    [`${path}.value.bool_value`, `${prefix}_truths`, 'UInt8'],
    [`${path}.value.int_value`, `${prefix}_integers`, 'Int64'],
    [`${path}.value.double_value`, `${prefix}_doubles`, 'Float64'],
    [`${path}.value.array_value`, `${prefix}_arrays`, 'String'],
    [`${path}.value.kvlist_value`, `${prefix}_maps`, 'String'],
    [`${path}.value.bytes_value`, `${prefix}_bytes`, 'String'],
  ]
}

function columns(base: string, depth: number, fields: readonly Field[]): readonly SegmentColumn[] {
  return fields.map(([path, name, type]) => ({ path: base + path, name, type, depth }))
}

const resources = 'resource_spans.'
const scopes = `${resources}scope_spans.`
const spans = `${scopes}spans.`

/**
 * Every field that is stored, one column each, in the names that the load statement uses. One list for each
 * level; a field in a list within a list is a column of arrays of arrays, and so on.
 */
export const segmentColumns: Readonly<Record<SegmentLevel, readonly SegmentColumn[]>> = {
  resource: [
    ...columns(resources, 2, attributeFields('resource.attributes', 'resource')),
    ...columns(resources, 1, [
      ['resource.dropped_attributes_count', 'resource_dropped', 'UInt32'],
      ['schema_url', 'resource_url', 'String'],
    ]),
  ],
  scope: [
    ...columns(scopes, 3, attributeFields('scope.attributes', 'scope')),
    ...columns(scopes, 2, [
      ['scope.name', 'scope_name', 'String'],
      ['scope.version', 'scope_version', 'String'],
      ['scope.dropped_attributes_count', 'scope_dropped', 'UInt32'],
      ['schema_url', 'scope_url', 'String'],
    ]),
  ],
  span: [
    ...columns(spans, 3, [
      ['trace_id', 'trace_id', 'String'],
      ['span_id', 'span_id', 'String'],
      ['trace_state', 'trace_state', 'String'],
      ['parent_span_id', 'parent_span_id', 'String'],
      ['name', 'name', 'LowCardinality(String)'],
      ['kind', 'kind', 'Int32'],
      ['start_time_unix_nano', 'start_nano', 'UInt64'],
      ['end_time_unix_nano', 'end_nano', 'UInt64'],
      ['dropped_attributes_count', 'dropped', 'UInt32'],
      ['dropped_events_count', 'events_dropped', 'UInt32'],
      ['dropped_links_count', 'links_dropped', 'UInt32'],
      ['status.message', 'status_message', 'String'],
      ['status.code', 'status_code', 'Int32'],
      ['flags', 'flags', 'UInt32'],
    ]),
    ...columns(spans, 4, attributeFields('attributes', 'span')),
    ...columns(spans, 4, [
      ['events.time_unix_nano', 'event_times', 'UInt64'],
      ['events.name', 'event_names', 'LowCardinality(String)'],
      ['events.dropped_attributes_count', 'event_dropped', 'UInt32'],
      ['links.trace_id', 'link_trace_ids', 'String'],
      ['links.span_id', 'link_span_ids', 'String'],
      ['links.trace_state', 'link_trace_states', 'String'],
      ['links.dropped_attributes_count', 'link_dropped', 'UInt32'],
      ['links.flags', 'link_flags', 'UInt32'],
    ]),
    ...columns(spans, 5, attributeFields('events.attributes', 'event')),
    ...columns(spans, 5, attributeFields('links.attributes', 'link')),
  ],
}

/** The columns of a segment: a row a message, with everything nested in it. */
export const segmentStructure = Object.values(segmentColumns)
  .flat()
  .map(({ path, type, depth }) => `\`${path}\` ${'Array('.repeat(depth)}${type}${')'.repeat(depth)}`)
  .join(', ')

/**
 * Settings with which a segment is read in the format `Protobuf` (delimited messages). The schema is a file:
 * given as text, the engine would write it into the working directory.
 */
export const segmentSettings = {
  format_schema: `${join(import.meta.dirname, 'otlp.proto')}:TracesData`,
  input_format_protobuf_oneof_presence: 1,
  // Mapped, the file would count as this process's memory.
  storage_file_read_method: 'pread',
} as const
