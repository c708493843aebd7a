-- The instrumentation that made the spans, once each, as `resources`.
CREATE TABLE IF NOT EXISTS scopes
(
    id UInt64,
    name LowCardinality(String),
    version LowCardinality(String),
    attributes Map(LowCardinality(String), String),
    attribute_types Array(UInt8),
    dropped_attributes_count UInt32,
    schema_url String,
    last_seen DateTime64(9, 'UTC')
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY id
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
