-- Rate, errors and duration of each operation, a minute a row once merged. Spans that are not `dated` count in
-- the minute 1970-01-01 00:00, since times at random would have a row each.
CREATE OR REPLACE TABLE operation_minutes
(
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    -- As in `operations`
    rest UInt8,
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Sum in nanoseconds; a span counts as no less than 0 and no more than a day
    duration SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Spans by the length of their duration d in nanoseconds: bucket 0 has those below 1, bucket i those of
    -- 2^((i - 1) / 8) <= d < 2^(i / 8), scale 3 of OpenTelemetry's exponential histograms.
    durations SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(minute)
ORDER BY (service, toStartOfHour(minute), name, kind, rest, minute)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
AS SELECT
    service,
    name,
    kind,
    0 AS rest,
    if(dated, toStartOfMinute(start), toDateTime(0, 'UTC')) AS minute,
    count() AS spans,
    countIf(status_code = 2) AS errors,
    sum(least(greatest(spans.duration, 0), 86400000000000)) AS duration,
    sumMap(map(if(spans.duration < 1, 0, 1 + log2(spans.duration) * 8)::UInt16, 1::UInt64)) AS durations
FROM spans
GROUP BY service, toStartOfMinute(start), name, kind, minute
SETTINGS max_execution_time = 86400, optimize_aggregation_in_order = 1
