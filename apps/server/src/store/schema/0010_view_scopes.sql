CREATE MATERIALIZED VIEW IF NOT EXISTS scopes_view TO scopes AS
SELECT
    scope AS id,
    scope_name AS name,
    scope_version AS version,
    scope_attributes AS attributes,
    scope_attribute_types AS attribute_types,
    scope_dropped_attributes_count AS dropped_attributes_count,
    scope_schema_url AS schema_url,
    start AS last_seen
FROM ingest
WHERE is_first = 1
