-- What sent the spans, once each: a span names its resource by `id`, a hash of all the other columns.
CREATE TABLE IF NOT EXISTS resources
(
    id UInt64,
    -- service.name of the resource
    service LowCardinality(String),
    attributes Map(LowCardinality(String), String),
    -- Field number of AnyValue for each attribute, in the map's order; 0 stands for an absent value
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
