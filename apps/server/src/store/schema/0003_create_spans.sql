-- Every span, nothing lost. The messaging columns are filled from every spelling that the conventions have had.
CREATE TABLE IF NOT EXISTS spans
(
    trace_id FixedString(16),
    span_id FixedString(8),
    -- Eight zero bytes for a root
    parent_span_id FixedString(8),
    trace_state String,
    flags UInt32,
    service LowCardinality(String),
    name LowCardinality(String),
    -- Span.SpanKind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    kind UInt8,
    start DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    -- Nanoseconds; below zero where the span ended before it started
    duration Int64 CODEC(T64, ZSTD(1)),
    -- 1 where the start is near the time of receipt. Any other day would be a partition of its own, and spans
    -- with times at random would make thousands of them: they share one.
    dated UInt8,
    -- Status.StatusCode: 0 unset, 1 ok, 2 error
    status_code UInt8,
    status_message String,
    -- resources.id, scopes.id
    resource UInt64,
    scope UInt64,
    attributes Map(LowCardinality(String), String),
    -- Field number of AnyValue for each attribute, in the map's order: 1 string, 2 bool, 3 int, 4 double,
    -- 5 array, 6 kvlist, 7 bytes, 0 absent. Arrays and lists hold their protobuf bytes in base64, bytes too.
    attribute_types Array(UInt8),
    dropped_attributes_count UInt32,
    events Nested
    (
        time DateTime64(9, 'UTC'),
        name LowCardinality(String),
        attributes Map(LowCardinality(String), String),
        attribute_types Array(UInt8),
        dropped_attributes_count UInt32
    ),
    dropped_events_count UInt32,
    links Nested
    (
        trace_id FixedString(16),
        span_id FixedString(8),
        trace_state String,
        attributes Map(LowCardinality(String), String),
        attribute_types Array(UInt8),
        dropped_attributes_count UInt32,
        flags UInt32
    ),
    dropped_links_count UInt32,
    -- Messaging: '' where the span does not say
    system LowCardinality(String),
    destination LowCardinality(String),
    -- create, send, receive, process, settle
    operation LowCardinality(String),
    partition_id LowCardinality(String),
    -- -1 where the span does not say
    message_offset Int64 CODEC(ZSTD(1)),
    message_id String,
    message_key String,
    consumer_group LowCardinality(String),
    client_id LowCardinality(String),
    routing_key LowCardinality(String),
    cluster_id LowCardinality(String),
    -- 1 for the first try; 0 where the span does not say, likewise the sizes
    attempt UInt32,
    batch_size UInt32,
    body_size UInt64,
    -- Attributes to search by: has(items, 'key=value') is answered by the index alone
    items Array(String) ALIAS arrayMap((k, v) -> concat(k, '=', v), mapKeys(attributes), mapValues(attributes)),
    INDEX items_index arrayMap((k, v) -> concat(k, '=', v), mapKeys(attributes), mapValues(attributes))
        TYPE text(tokenizer = 'array')
)
ENGINE = MergeTree
PARTITION BY if(dated, toDate(start), toDate(0))
ORDER BY (service, toStartOfMinute(start), trace_id, start)
SETTINGS
    index_granularity = 1024,
    -- A merge costs half of what storing the spans did: with ten parts and more at once, each span takes part in
    -- fewer merges than with the engine's five.
    min_parts_to_merge_at_once = 10,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
