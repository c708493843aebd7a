-- One link a row, ordered by the span it points at: who consumed this message?
CREATE TABLE IF NOT EXISTS links
(
    linked_trace_id FixedString(16),
    linked_span_id FixedString(8),
    trace_id FixedString(16),
    span_id FixedString(8),
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    status_code UInt8,
    start DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    dated UInt8,
    duration Int64 CODEC(T64, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY if(dated, toDate(start), toDate(0))
ORDER BY (linked_trace_id, linked_span_id)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
