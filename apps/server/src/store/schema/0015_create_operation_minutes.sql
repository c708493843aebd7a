-- Rate, errors and duration of what services do, and the flow of their messages: a minute a row once merged.
-- Spans that are not `dated` count in the minute 1970-01-01 00:00, since times at random would have a row each.
-- How long messages waited needs both of their ends and is asked of `messages`.
CREATE OR REPLACE TABLE operation_minutes
(
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    system LowCardinality(String),
    destination LowCardinality(String),
    consumer_group LowCardinality(String),
    operation LowCardinality(String),
    -- As in `operations`
    rest UInt8,
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Sum in nanoseconds; a span counts as no less than 0 and no more than a day
    duration SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Of a batch its size, or how many messages its links name if those are more
    messages SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    failed_messages SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Of the messages' bodies, where spans say; of one span 1 TiB at most
    bytes SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- Spans by their duration d in nanoseconds: bucket 0 has those below 1, bucket i those of
    -- 2^((i - 1) / 8) <= d < 2^(i / 8): scale 3 of OpenTelemetry's exponential histograms.
    durations SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(minute)
ORDER BY (
    service, toStartOfHour(minute), name, kind, system, destination, consumer_group, operation, rest, minute
)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
AS SELECT
    service,
    name,
    kind,
    system,
    destination,
    consumer_group,
    operation,
    0 AS rest,
    if(dated, toStartOfMinute(start), toDateTime(0, 'UTC')) AS minute,
    count() AS spans,
    countIf(status_code = 2) AS errors,
    sum(least(greatest(spans.duration, 0), 86400000000000)) AS duration,
    sumIf(greatest(1, batch_size), operation != '') AS messages,
    sumIf(greatest(1, batch_size), operation != '' AND status_code = 2) AS failed_messages,
    sum(least(body_size, 1099511627776)) AS bytes,
    sumMap(map(if(spans.duration < 1, 0, 1 + log2(spans.duration) * 8)::UInt16, 1::UInt64)) AS durations
FROM spans
GROUP BY service, toStartOfMinute(start), name, kind, system, destination, consumer_group, operation, minute
SETTINGS max_execution_time = 86400, optimize_aggregation_in_order = 1
