-- Rows of `messages` by which a pinned trace finds the other ends of its messages, as `archived_spans`.
CREATE TABLE IF NOT EXISTS archived_messages
(
    pin FixedString(16),
    row_hash UInt64,
    row_copy UInt32,
    system LowCardinality(String),
    destination LowCardinality(String),
    partition_id LowCardinality(String),
    message_offset Int64 CODEC(Delta(8), ZSTD(1)),
    message_id String,
    operation LowCardinality(String),
    message_key String,
    consumer_group LowCardinality(String),
    client_id LowCardinality(String),
    routing_key LowCardinality(String),
    cluster_id LowCardinality(String),
    attempt UInt32,
    batch_size UInt32,
    body_size UInt64,
    trace_id FixedString(16),
    span_id FixedString(8),
    parent_span_id FixedString(8),
    link_trace_id FixedString(16),
    link_span_id FixedString(8),
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    status_code UInt8,
    status_message String,
    start DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    dated UInt8,
    duration Int64 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (pin, system, destination, partition_id, message_offset, row_hash, row_copy)
SETTINGS index_granularity = 1024
