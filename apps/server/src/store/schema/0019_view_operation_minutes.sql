CREATE MATERIALIZED VIEW IF NOT EXISTS operation_minutes_view TO operation_minutes AS
SELECT service, name, kind, rest, minute, spans, errors, duration, durations
FROM arriving_operations
