-- What services do, by day: the names of their spans, and whose messages they handle. A service may have 1000
-- of these a day, and a segment's more; what comes beyond (an id in each name) counts together as `rest`.
-- Filled from the spans that are stored already: the table is made in one piece or not at all.
CREATE OR REPLACE TABLE operations
(
    -- Of the spans' starts; 1970-01-01 where they are not `dated`
    day Date,
    service LowCardinality(String),
    -- Span.SpanKind
    kind UInt8,
    -- This and the texts below: '' where `rest`
    name String,
    system LowCardinality(String),
    destination LowCardinality(String),
    consumer_group LowCardinality(String),
    -- create, send, receive, process, settle; '' where the span handles no message
    operation LowCardinality(String),
    rest UInt8,
    last_seen SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    messages SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY (service, kind, name, system, destination, consumer_group, operation, rest)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
AS SELECT
    if(dated, toDate(start), toDate(0)) AS day,
    service,
    kind,
    CAST(spans.name, 'String') AS name,
    system,
    destination,
    consumer_group,
    operation,
    0 AS rest,
    max(start) AS last_seen,
    count() AS spans,
    sumIf(greatest(1, batch_size), operation != '') AS messages
FROM spans
GROUP BY day, service, kind, name, system, destination, consumer_group, operation
SETTINGS max_execution_time = 86400, max_bytes_before_external_group_by = 50000000
