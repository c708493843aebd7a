-- A link without a context (zero ids) leads nowhere; its span has it.
CREATE MATERIALIZED VIEW IF NOT EXISTS links_view TO links AS
SELECT
    linked_trace_id, linked_span_id, trace_id, span_id, service, name, kind, status_code, start, dated, duration
FROM ingest
ARRAY JOIN `links.trace_id` AS linked_trace_id, `links.span_id` AS linked_span_id
WHERE linked_trace_id != toFixedString('', 16)
