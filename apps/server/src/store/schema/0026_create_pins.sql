-- Traces that are kept for ever: a row each once merged.
CREATE TABLE IF NOT EXISTS pins
(
    trace_id FixedString(16),
    pinned SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    -- 1 since a day was dropped of which the trace shows something: from then on it is read from the archive
    sealed SimpleAggregateFunction(max, UInt8)
)
ENGINE = AggregatingMergeTree
ORDER BY trace_id
