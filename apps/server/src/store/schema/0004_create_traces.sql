-- One trace a row once merged (several before: always group by trace_id), for its time range and its summary.
CREATE TABLE IF NOT EXISTS traces
(
    trace_id FixedString(16),
    -- Of the spans' starts; 1970-01-01 where they are not `dated`
    day Date,
    start SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    -- A span that ends before it starts counts with its start
    end SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- The root, or the earliest span where the root is missing (`missing` = 1)
    root SimpleAggregateFunction(min, Tuple(missing UInt8, start DateTime64(9, 'UTC'), service String, name String)),
    services SimpleAggregateFunction(groupUniqArrayArray, Array(String))
)
ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY trace_id
SETTINGS
    -- Asked for one row here and there: small granules, in blocks that do not hold many of them
    index_granularity = 128,
    min_compress_block_size = 4096,
    max_compress_block_size = 8192,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
