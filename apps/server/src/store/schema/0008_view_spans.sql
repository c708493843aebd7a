CREATE MATERIALIZED VIEW IF NOT EXISTS spans_view TO spans AS
SELECT
    trace_id, span_id, parent_span_id, trace_state, flags, service, name, kind, start, duration, dated,
    status_code, status_message, resource, scope, attributes, attribute_types, dropped_attributes_count,
    `events.time`, `events.name`, `events.attributes`, `events.attribute_types`,
    `events.dropped_attributes_count`, dropped_events_count,
    `links.trace_id`, `links.span_id`, `links.trace_state`, `links.attributes`, `links.attribute_types`,
    `links.dropped_attributes_count`, `links.flags`, dropped_links_count,
    system, destination, operation, partition_id, message_offset, message_id, message_key, consumer_group,
    client_id, routing_key, cluster_id, attempt, batch_size, body_size
FROM ingest
