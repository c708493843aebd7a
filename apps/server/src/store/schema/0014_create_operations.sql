-- Names of spans, by day: services and operations are read here. A service may have 1000 names a day, and a
-- segment's more; what comes beyond (an id in each name) counts together as `rest`.
-- Filled from the spans that are stored already, of which the table is made in one piece or not at all.
CREATE OR REPLACE TABLE operations
(
    -- Of the spans' starts; 1970-01-01 where they are not `dated`
    day Date,
    service LowCardinality(String),
    -- Span.SpanKind
    kind UInt8,
    -- '' where `rest`
    name String,
    rest UInt8,
    last_seen SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY (service, kind, name, rest)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
AS SELECT
    if(dated, toDate(start), toDate(0)) AS day,
    service,
    kind,
    CAST(name, 'String') AS name,
    0 AS rest,
    max(start) AS last_seen,
    count() AS spans
FROM spans
GROUP BY day, service, kind, name
SETTINGS max_execution_time = 86400, max_bytes_before_external_group_by = 50000000
