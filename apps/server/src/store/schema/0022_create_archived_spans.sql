-- Copies of the spans of pinned traces, and of the spans beside them that their answers show: retention does not
-- touch them. Columns of the same names are those of `spans`.
CREATE TABLE IF NOT EXISTS archived_spans
(
    -- The pinned trace for which the row is here
    pin FixedString(16),
    -- Of all columns of `spans`; with the number among rows that are alike it makes a copy that is taken again
    -- the same row.
    row_hash UInt64,
    row_copy UInt32,
    trace_id FixedString(16),
    span_id FixedString(8),
    parent_span_id FixedString(8),
    trace_state String,
    flags UInt32,
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    start DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    duration Int64 CODEC(T64, ZSTD(1)),
    dated UInt8,
    status_code UInt8,
    status_message String,
    resource UInt64,
    scope UInt64,
    attributes Map(LowCardinality(String), String),
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
    system LowCardinality(String),
    destination LowCardinality(String),
    operation LowCardinality(String),
    partition_id LowCardinality(String),
    message_offset Int64 CODEC(Delta(8), ZSTD(1)),
    message_id String,
    message_key String,
    consumer_group LowCardinality(String),
    client_id LowCardinality(String),
    routing_key LowCardinality(String),
    cluster_id LowCardinality(String),
    attempt UInt32,
    batch_size UInt32,
    body_size UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (pin, trace_id, start, span_id, row_hash, row_copy)
SETTINGS index_granularity = 1024
