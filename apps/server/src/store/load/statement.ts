import type { Fact } from './messaging-columns.ts'
import {
  factCodes,
  factIn,
  factMap,
  hasFact,
  hasFacts,
  literal,
  operationColumn,
  systemFromSpelling,
} from './messaging-columns.ts'
import type { SegmentColumn } from './segment-format.ts'
import { segmentColumns, segmentSettings, segmentStructure } from './segment-format.ts'

/** A column and the SQL that fills it. */
type Column = readonly [name: string, sql: string]

/**
 * Settings of a load. One thread and one block: the deduplication token is kept for each block, so a load
 * that is tried again must cut the segment as the first one did, and one block is also all or nothing.
 */
const loadSettings = {
  ...segmentSettings,
  max_threads: 1,
  max_insert_threads: 1,
  max_block_size: 100_000_000,
  max_insert_block_size: 100_000_000,
  min_insert_block_size_rows: 100_000_000,
  min_insert_block_size_bytes: 0,
  preferred_block_size_bytes: 0,
  // Columns that are read and worked on at once, before all become one block; larger costs memory, smaller CPU.
  input_format_max_block_size_bytes: 16_000_000,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_partitions_per_insert_block: 100,
} as const

/**
 * The one statement that turns a segment into rows of every table: the engine parses the protobuf, explodes
 * resources, scopes and spans, and computes the columns, so that no span passes through JavaScript.
 *
 * @param source SQL of a table function that gives the segment message by message, see {@link segmentStructure}.
 * @param token the segment's name; a second load under the same token changes nothing.
 */
export function loadStatement(source: string, token: string, memoryBytes: number): string {
  const columns = ingestColumns(receivedMs(token))
  const settings = { ...loadSettings, insert_deduplication_token: token, max_memory_usage: memoryBytes }
  const setting = ([name, value]: readonly [string, string | number]) =>
    `${name} = ${typeof value === 'number' ? value : literal(value)}`
  return `INSERT INTO ingest (${columns.map(([name]) => `\`${name}\``).join(', ')})
SELECT ${columns.map(([, sql]) => sql).join(',\n  ')}
FROM (${withFacts(withCodes(spansOf(scopesOf(resourcesOf(source)))))})
SETTINGS ${Object.entries(settings).map(setting).join(', ')}`
}

/**
 * When the spans of a segment were received: the spool's tokens begin with it. It must be the same in every
 * load of a token, or a span could be stored in two partitions.
 *
 * @returns milliseconds since 1970; now, where the token does not say.
 */
function receivedMs(token: string): number {
  const digits = /^\d{14}(?=-)/.exec(token)?.[0]
  return digits === undefined ? Date.now() : Number(digits)
}

/** A segment in delimited form, as a file that the engine reads itself. */
export function segmentFile(path: string): string {
  return `file(${literal(path)}, 'Protobuf', ${literal(segmentStructure)})`
}

function select(columns: readonly Column[], from: string, rest = ''): string {
  const list = columns.map(([name, sql]) => (name === sql ? name : `${sql} AS \`${name}\``))
  return `SELECT ${list.join(',\n  ')}\nFROM ${from}${rest}`
}

function pass(...names: readonly string[]): readonly Column[] {
  return names.map(name => [name, name])
}

const namesOf = (columns: readonly SegmentColumn[]): readonly string[] => columns.map(({ name }) => name)
const spanNames = namesOf(segmentColumns.span)
const scopeNames = namesOf(segmentColumns.scope)

/**
 * The values of a list of attributes as texts. What is no text keeps its kind in the column of types: whole
 * numbers and truth values as JSON writes them, doubles in their shortest exact form, bytes and the
 * undecoded lists and maps in base64.
 */
function values(prefix: string, list = (name: string) => `${prefix}_${name}`): string {
  const fields = ['types', 'texts', 'integers', 'truths', 'doubles', 'arrays', 'maps', 'bytes'].map(list)
  return `arrayMap((type, text, whole, truth, real, array, map, bytes) -> multiIf(
    type = 1, text,
    type = 3, toString(whole),
    type = 2, if(truth = 1, 'true', 'false'),
    type = 4, toString(real),
    type = 5, base64Encode(array),
    type = 6, base64Encode(map),
    type = 7, base64Encode(bytes), ''), ${fields.join(', ')})`
}

/** The same for every event or link of a span. */
function valuesOfEach(prefix: string): string {
  const fields = ['types', 'texts', 'integers', 'truths', 'doubles', 'arrays', 'maps', 'bytes']
  const one = values(prefix, name => `each_${name}`)
  return `arrayMap((${fields.map(name => `each_${name}`).join(', ')}) -> ${one},
    ${fields.map(name => `${prefix}_${name}`).join(', ')})`
}

const resourceRow = `tuple(
    mapFromArrays(resource_keys, ${values('resource')}), resource_types, resource_dropped, resource_url)`
const scopeRow = `tuple(scope_name, scope_version,
    mapFromArrays(scope_keys, ${values('scope')}), scope_types, scope_dropped, scope_url)`

/** One row a resource. */
function resourcesOf(source: string): string {
  const columns: readonly Column[] = [
    ['service', `resource_texts[arrayLastIndex(key -> key = 'service.name', resource_keys)]`],
    ['resource_row', resourceRow],
    ['resource', 'sipHash64(resource_row)'],
    ...pass(...scopeNames, ...spanNames),
  ]
  const joined = Object.values(segmentColumns).flat()
  const arrays = joined.map(({ path, name }) => `\`${path}\` AS ${name}`)
  return select(columns, source, ` ARRAY JOIN ${arrays.join(', ')}`)
}

/** One row a scope. */
function scopesOf(resources: string): string {
  const columns: readonly Column[] = [
    ...pass('service', 'resource', 'resource_row'),
    ['scope_row', scopeRow],
    ['scope', 'sipHash64(scope_row)'],
    ...pass(...spanNames),
  ]
  return select(columns, `(${resources})`, ` ARRAY JOIN ${[...scopeNames, ...spanNames].join(', ')}`)
}

/** One row a span. What describes resource and scope stands only in the first one, or it would be copied. */
function spansOf(scopes: string): string {
  const head = 'arrayResize([tuple(1::UInt8, resource_row, scope_row)], length(trace_id)) AS head'
  const columns = pass('service', 'resource', 'scope', 'head', ...spanNames)
  return select(columns, `(${scopes})`, ` ARRAY JOIN ${[head, ...spanNames].join(', ')}`)
}

/** Attributes as texts; what is a fact of a message among the span's attributes, and those of its links. */
function withCodes(spans: string): string {
  const columns: readonly Column[] = [
    ['span_values', values('span')],
    ['span_codes', factCodes('span_keys', 'span_types')],
    ['link_values', valuesOfEach('link')],
    ['link_codes', `arrayMap((keys, types) -> ${factCodes('keys', 'types')}, link_keys, link_types)`],
  ]
  return `SELECT *, ${columns.map(([name, sql]) => `${sql} AS ${name}`).join(',\n  ')}\nFROM (${spans})`
}

function withFacts(spans: string): string {
  return `SELECT *,
  ${factMap('span_codes', 'span_values')} AS facts,
  arrayMap((codes, vals) -> ${factMap('codes', 'vals')}, link_codes, link_values) AS link_facts
FROM (${spans})`
}

const fact = (name: Fact): string => factIn('facts', name)
const linkFact = (name: Fact): string => `arrayMap(facts -> ${fact(name)}, link_facts)`
/** -1 where there is none: offsets are whole numbers from 0. */
const offset = (text: string): string => `greatest(toInt64OrDefault(${text}, -1::Int64), -1::Int64)`
/** OpenTracing's plain names count only beside its destination. */
const orPlain = (name: Fact, plain: Fact): string =>
  `multiIf(
    ${fact(name)} != '', ${fact(name)}, has(span_keys, 'message_bus.destination'), ${fact(plain)}, '')`
/** OTLP's fixed64 as the engine's time. Beyond 2262 the bits stay and mean a time before 1970; see RATIONALE. */
const time = (nano: string): string => `fromUnixTimestamp64Nano(toInt64(${nano}), 'UTC')`

/** Spans that started so long before they were received, or after, have no partition of their own. */
const datedDays = { before: 32, after: 2 } as const
const dayMs = 86_400_000

const ingestColumns = (receivedMs: number): readonly Column[] => [
  ['trace_id', 'toFixedString(trace_id, 16)'],
  ['span_id', 'toFixedString(span_id, 8)'],
  ['parent_span_id', 'toFixedString(parent_span_id, 8)'],
  ...pass('trace_state', 'flags', 'service', 'name'),
  ['kind', 'if(kind IN (1, 2, 3, 4, 5), kind, 0)'],
  ['start', time('start_nano')],
  ['duration', 'toInt64(end_nano - start_nano)'],
  [
    'dated',
    `(start_nano >= ${receivedMs - datedDays.before * dayMs}000000) * (start_nano < ${receivedMs + datedDays.after * dayMs}000000)`,
  ],
  ['status_code', 'if(status_code IN (1, 2), status_code, 0)'],
  ...pass('status_message', 'resource', 'scope'),
  ['attributes', 'mapFromArrays(span_keys, span_values)'],
  ['attribute_types', 'span_types'],
  ['dropped_attributes_count', 'dropped'],
  ['events.time', `arrayMap(nano -> ${time('nano')}, event_times)`],
  ['events.name', 'event_names'],
  [
    'events.attributes',
    `arrayMap((keys, vals) -> mapFromArrays(keys, vals), event_keys, ${valuesOfEach('event')})`,
  ],
  ['events.attribute_types', 'event_types'],
  ['events.dropped_attributes_count', 'event_dropped'],
  ['dropped_events_count', 'events_dropped'],
  ['links.trace_id', 'arrayMap(id -> toFixedString(id, 16), link_trace_ids)'],
  ['links.span_id', 'arrayMap(id -> toFixedString(id, 8), link_span_ids)'],
  ['links.trace_state', 'link_trace_states'],
  ['links.attributes', 'arrayMap((keys, vals) -> mapFromArrays(keys, vals), link_keys, link_values)'],
  ['links.attribute_types', 'link_types'],
  ['links.dropped_attributes_count', 'link_dropped'],
  ['links.flags', 'link_flags'],
  ['dropped_links_count', 'links_dropped'],
  [
    'system',
    `multiIf(
      ${hasFact('facts', 'system')}, ${fact('system')},
      ${hasFacts('facts')}, ${systemFromSpelling('span_keys', 'span_values')}, '')`,
  ],
  ['destination', `if(${fact('destination')} != '', ${fact('destination')}, ${fact('routingKey')})`],
  [
    'operation',
    operationColumn([fact('operationType'), fact('operation'), fact('operationName')], 'kind', 'name'),
  ],
  ['partition_id', orPlain('partition', 'plainPartition')],
  ['message_offset', offset(orPlain('offset', 'plainOffset'))],
  ['message_id', fact('messageId')],
  ['message_key', fact('key')],
  ['consumer_group', fact('consumerGroup')],
  ['client_id', fact('clientId')],
  ['routing_key', fact('routingKey')],
  ['cluster_id', fact('clusterId')],
  ['attempt', `toUInt32OrZero(${fact('attempt')})`],
  ['batch_size', `toUInt32OrZero(${fact('batchSize')})`],
  ['body_size', `toUInt64OrZero(${fact('bodySizeBytes')})`],
  ['links.has_message', `arrayMap(facts -> ${hasFacts('facts')}, link_facts)`],
  ['links.destination', linkFact('destination')],
  ['links.routing_key', linkFact('routingKey')],
  ['links.partition_id', linkFact('partition')],
  ['links.message_offset', `arrayMap(facts -> ${offset(fact('offset'))}, link_facts)`],
  ['links.message_id', linkFact('messageId')],
  ['links.message_key', linkFact('key')],
  ['links.attempt', `arrayMap(facts -> toUInt32OrZero(${fact('attempt')}), link_facts)`],
  ['links.body_size', `arrayMap(facts -> toUInt64OrZero(${fact('bodySizeBytes')}), link_facts)`],
  ['is_first', 'head.1'],
  ['resource_attributes', 'head.2.1'],
  ['resource_attribute_types', 'head.2.2'],
  ['resource_dropped_attributes_count', 'head.2.3'],
  ['resource_schema_url', 'head.2.4'],
  ['scope_name', 'head.3.1'],
  ['scope_version', 'head.3.2'],
  ['scope_attributes', 'head.3.3'],
  ['scope_attribute_types', 'head.3.4'],
  ['scope_dropped_attributes_count', 'head.3.5'],
  ['scope_schema_url', 'head.3.6'],
]
