-- Names of attributes and some of their values, for completion: of a sample of spans (10 of each operation and
-- status in a segment, 2000 and 20000 attributes in all) and of the resources that come with those. Bounded: 1000
-- names a service and day, and a segment's more; of values a sample of 200, so that an attribute that differs in
-- every span takes no more room than another. Names and values over 128 bytes are left out.
-- Filled from a sample of the spans that are stored already, and their resources.
CREATE OR REPLACE TABLE attribute_keys
(
    -- Of the spans' starts; 1970-01-01 where they are not `dated`
    day Date,
    key LowCardinality(String),
    service LowCardinality(String),
    -- 1 where a resource has the attribute, 0 where a span has
    of_resource UInt8,
    -- Field number of AnyValue
    type UInt8,
    -- Spans of the sample that have it, or name first a resource that has
    spans SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- The more frequent a value, the more often it is in here; of lists, maps and bytes there are none. (Sketches
    -- of the most frequent take 25 kB of memory each while they are filled, and a segment fills thousands.)
    sampled AggregateFunction(groupArraySample(200, 1), String) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY (key, service, of_resource, type)
SETTINGS
    index_granularity = 1024,
    non_replicated_deduplication_window = 1000,
    min_level_for_wide_part = 1,
    min_columns_to_activate_adaptive_write_buffer = 1
AS SELECT
    day,
    key,
    service,
    of_resource,
    type,
    count() AS spans,
    groupArraySampleStateIf(200, 1)(value, (length(value) BETWEEN 1 AND 128) AND type < 5) AS sampled
FROM
(
    SELECT service, if(dated, toDate(start), toDate(0)) AS day, attributes, attribute_types, 0 AS of_resource
    FROM spans
    LIMIT 100 BY day, service, name, kind
    LIMIT 200000
    UNION ALL
    SELECT
        service, if(last_seen BETWEEN now() - INTERVAL 32 DAY AND now() + INTERVAL 2 DAY, toDate(last_seen), toDate(0)),
        attributes, attribute_types, 1
    FROM resources
)
ARRAY JOIN mapKeys(attributes) AS key, mapValues(attributes) AS value, attribute_types AS type
WHERE length(key) <= 128
GROUP BY day, key, service, of_resource, type
SETTINGS max_execution_time = 86400
