CREATE MATERIALIZED VIEW IF NOT EXISTS resources_view TO resources AS
SELECT
    resource AS id,
    service,
    resource_attributes AS attributes,
    resource_attribute_types AS attribute_types,
    resource_dropped_attributes_count AS dropped_attributes_count,
    resource_schema_url AS schema_url,
    start AS last_seen
FROM ingest
WHERE is_first = 1
