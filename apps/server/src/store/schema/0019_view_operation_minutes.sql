CREATE MATERIALIZED VIEW IF NOT EXISTS operation_minutes_view TO operation_minutes AS
SELECT
    service, name, kind, system, destination, consumer_group, operation, rest, minute,
    spans, errors, duration, messages, failed_messages, bytes, durations
FROM arriving_operations
