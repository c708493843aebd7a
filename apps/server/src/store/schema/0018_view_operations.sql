CREATE MATERIALIZED VIEW IF NOT EXISTS operations_view TO operations AS
SELECT toDate(minute) AS day, service, kind, name, rest, last_seen, spans
FROM arriving_operations
