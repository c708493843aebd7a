-- The resources of `archived_spans`.
CREATE TABLE IF NOT EXISTS archived_resources
(
    pin FixedString(16),
    id UInt64,
    service LowCardinality(String),
    attributes Map(LowCardinality(String), String),
    attribute_types Array(UInt8),
    dropped_attributes_count UInt32,
    schema_url String,
    last_seen DateTime64(9, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (pin, id)
SETTINGS index_granularity = 1024
