-- One row for each time a span created, sent, received, processed or settled a message. A batch span has one
-- row a link, and what the link's attributes say of its message goes before what the span says.
CREATE TABLE IF NOT EXISTS messages
(
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
    -- The creation context that the span's link names; zero bytes where it has none
    link_trace_id FixedString(16),
    link_span_id FixedString(8),
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    status_code UInt8,
    status_message String,
    start DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    dated UInt8,
    duration Int64 CODEC(T64, ZSTD(1)),
    INDEX message_id_index message_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY if(dated, toDate(start), toDate(0))
ORDER BY (system, destination, partition_id, message_offset, message_id)
SETTINGS
    index_granularity = 1024,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
