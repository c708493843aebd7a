CREATE MATERIALIZED VIEW IF NOT EXISTS traces_view TO traces AS
SELECT
    trace_id,
    if(dated, toDate(ingest.start), toDate(0)) AS day,
    min(ingest.start) AS start,
    fromUnixTimestamp64Nano(max(greatest(
        toUnixTimestamp64Nano(ingest.start), toUnixTimestamp64Nano(ingest.start) + duration
    )), 'UTC') AS end,
    count() AS spans,
    countIf(status_code = 2) AS errors,
    min((
        parent_span_id != toFixedString('', 8), ingest.start, CAST(service, 'String'), CAST(name, 'String')
    )::Tuple(missing UInt8, start DateTime64(9, 'UTC'), service String, name String)) AS root,
    groupUniqArray(CAST(service, 'String')) AS services
FROM ingest
GROUP BY trace_id, day
