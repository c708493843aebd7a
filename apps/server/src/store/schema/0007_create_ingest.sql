-- Where a segment arrives, one row a span. It keeps nothing (engine Null): the views below write every table
-- from the same block, so that a load is one insert and a repeated load is dropped as a whole.
CREATE TABLE ingest
(
    trace_id FixedString(16),
    span_id FixedString(8),
    parent_span_id FixedString(8),
    trace_state String,
    flags UInt32,
    service LowCardinality(String),
    name LowCardinality(String),
    kind UInt8,
    start DateTime64(9, 'UTC'),
    duration Int64,
    status_code UInt8,
    status_message String,
    resource UInt64,
    scope UInt64,
    attributes Map(LowCardinality(String), String),
    attribute_types Array(UInt8),
    dropped_attributes_count UInt32,
    events Nested
    (
        time DateTime64(9, 'UTC'),
        name LowCardinality(String),
        attributes Map(LowCardinality(String), String),
        attribute_types Array(UInt8),
        dropped_attributes_count UInt32
    ),
    dropped_events_count UInt32,
    links Nested
    (
        trace_id FixedString(16),
        span_id FixedString(8),
        trace_state String,
        attributes Map(LowCardinality(String), String),
        attribute_types Array(UInt8),
        dropped_attributes_count UInt32,
        flags UInt32,
        -- What the link's attributes say of a message of a batch, in the columns of the same names below
        has_message UInt8,
        destination String,
        partition_id String,
        message_offset Int64,
        message_id String,
        message_key String,
        routing_key String,
        attempt UInt32,
        body_size UInt64
    ),
    dropped_links_count UInt32,
    system LowCardinality(String),
    destination LowCardinality(String),
    operation LowCardinality(String),
    partition_id LowCardinality(String),
    message_offset Int64,
    message_id String,
    message_key String,
    consumer_group LowCardinality(String),
    client_id LowCardinality(String),
    routing_key LowCardinality(String),
    cluster_id LowCardinality(String),
    attempt UInt32,
    batch_size UInt32,
    body_size UInt64,
    -- 1 on the first span of a scope in a request: only there the columns below are filled
    is_first UInt8,
    resource_attributes Map(LowCardinality(String), String),
    resource_attribute_types Array(UInt8),
    resource_dropped_attributes_count UInt32,
    resource_schema_url String,
    scope_name String,
    scope_version String,
    scope_attributes Map(LowCardinality(String), String),
    scope_attribute_types Array(UInt8),
    scope_dropped_attributes_count UInt32,
    scope_schema_url String
)
ENGINE = Null
