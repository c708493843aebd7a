-- What a segment first says of a resource stands at the first span of its service, which the sample has. A service
-- that has its 1000 names on a day gets no more of what is known of them either.
CREATE MATERIALIZED VIEW IF NOT EXISTS attribute_keys_view TO attribute_keys AS
SELECT
    day,
    key,
    service,
    of_resource,
    type,
    count() AS spans,
    groupArraySampleStateIf(200, 1)(value, (length(value) BETWEEN 1 AND 128) AND type < 5) AS sampled
FROM
(
    SELECT day, key, service, of_resource, type, value
    FROM
    (
        SELECT
            service, if(dated, toDate(start), toDate(0)) AS day,
            attributes, attribute_types, resource_attributes, resource_attribute_types
        FROM ingest
        LIMIT 10 BY service, name, kind, status_code
        LIMIT 2000
    )
    ARRAY JOIN
        arrayConcat(mapKeys(attributes), mapKeys(resource_attributes)) AS key,
        arrayConcat(mapValues(attributes), mapValues(resource_attributes)) AS value,
        arrayConcat(attribute_types, resource_attribute_types) AS type,
        arrayResize(arrayResize([]::Array(UInt8), length(attributes), 0),
            length(attributes) + length(resource_attributes), 1) AS of_resource
    WHERE length(key) <= 128
    LIMIT 20000
)
WHERE (day, service) NOT IN (
    SELECT day, service
    FROM attribute_keys
    WHERE day >= today() - 2 OR day = toDate(0)
    GROUP BY day, service
    HAVING uniqExact(attribute_keys.key) >= 1000
)
GROUP BY day, key, service, of_resource, type
