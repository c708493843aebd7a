-- The operations of one load, counted once for both tables. It keeps nothing (engine Null), so that each table
-- tells by itself what it has already.
CREATE TABLE IF NOT EXISTS arriving_operations
(
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    rest UInt8,
    minute DateTime('UTC'),
    last_seen DateTime64(9, 'UTC'),
    spans UInt64,
    errors UInt64,
    duration UInt64,
    durations Map(UInt16, UInt64)
)
ENGINE = Null
