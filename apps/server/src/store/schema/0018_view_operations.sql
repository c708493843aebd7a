CREATE MATERIALIZED VIEW IF NOT EXISTS operations_view TO operations AS
SELECT
    toDate(minute) AS day, service, kind, name, system, destination, consumer_group, operation, rest,
    last_seen, spans, messages
FROM arriving_operations
