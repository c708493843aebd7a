-- A batch has one row for each link that names a message, or for each link where none does; any other span
-- has one, with its first link.
CREATE MATERIALIZED VIEW IF NOT EXISTS messages_view TO messages AS
SELECT
    system,
    if(link_destination = '', destination, link_destination) AS destination,
    if(link_partition_id = '', partition_id, link_partition_id) AS partition_id,
    if(has_message AND link_message_offset >= 0, link_message_offset, message_offset) AS message_offset,
    if(link_message_id = '', message_id, link_message_id) AS message_id,
    operation,
    if(link_message_key = '', message_key, link_message_key) AS message_key,
    consumer_group,
    client_id,
    if(link_routing_key = '', routing_key, link_routing_key) AS routing_key,
    cluster_id,
    if(link_attempt = 0, attempt, link_attempt) AS attempt,
    batch_size,
    if(link_body_size = 0, body_size, link_body_size) AS body_size,
    trace_id,
    span_id,
    parent_span_id,
    link_trace_id,
    link_span_id,
    service,
    name,
    kind,
    status_code,
    status_message,
    start,
    dated,
    duration
FROM ingest
LEFT ARRAY JOIN
    `links.trace_id` AS link_trace_id,
    `links.span_id` AS link_span_id,
    `links.has_message` AS has_message,
    `links.destination` AS link_destination,
    `links.partition_id` AS link_partition_id,
    `links.message_offset` AS link_message_offset,
    `links.message_id` AS link_message_id,
    `links.message_key` AS link_message_key,
    `links.routing_key` AS link_routing_key,
    `links.attempt` AS link_attempt,
    `links.body_size` AS link_body_size,
    arrayEnumerate(`links.span_id`) AS place
WHERE operation != ''
    AND (has_message OR (NOT has(`links.has_message`, 1) AND (batch_size > 1 OR place < 2)))
