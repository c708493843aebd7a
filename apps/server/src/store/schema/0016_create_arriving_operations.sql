-- The operations of one load, counted once for both tables. It keeps nothing (engine Null), so that each table
-- tells by itself what it has already.
CREATE TABLE IF NOT EXISTS arriving_operations
(
    service LowCardinality(String),
    name String,
    kind UInt8,
    system LowCardinality(String),
    destination String,
    consumer_group LowCardinality(String),
    operation LowCardinality(String),
    rest UInt8,
    minute DateTime('UTC'),
    last_seen DateTime64(9, 'UTC'),
    spans UInt64,
    errors UInt64,
    duration UInt64,
    messages UInt64,
    failed_messages UInt64,
    bytes UInt64,
    durations Map(UInt16, UInt64)
)
ENGINE = Null
