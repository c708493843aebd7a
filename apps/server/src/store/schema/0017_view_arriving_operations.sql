-- The two selections of `operations` are one set, of services that have their 1000 names: the names, and '' for
-- the service itself.
CREATE MATERIALIZED VIEW IF NOT EXISTS arriving_operations_view TO arriving_operations AS
SELECT
    service,
    if(rest, '', span_name) AS name,
    kind,
    (toDate(minute), service, '') IN (
        SELECT day, service, arrayJoin(arrayPushBack(groupUniqArray(name) AS names, ''))
        FROM operations
        WHERE day >= today() - 2 OR day = toDate(0)
        GROUP BY day, service
        HAVING length(names) >= 1000
    ) AND (toDate(minute), service, span_name) NOT IN (
        SELECT day, service, arrayJoin(arrayPushBack(groupUniqArray(name) AS names, ''))
        FROM operations
        WHERE day >= today() - 2 OR day = toDate(0)
        GROUP BY day, service
        HAVING length(names) >= 1000
    ) AS rest,
    minute,
    last_seen,
    spans,
    errors,
    duration,
    durations
FROM
(
    SELECT
        service,
        name AS span_name,
        kind,
        if(dated, toStartOfMinute(start), toDateTime(0, 'UTC')) AS minute,
        max(start) AS last_seen,
        count() AS spans,
        countIf(status_code = 2) AS errors,
        sum(least(greatest(ingest.duration, 0), 86400000000000)) AS duration,
        sumMap(map(if(ingest.duration < 1, 0, 1 + log2(ingest.duration) * 8)::UInt16, 1::UInt64)) AS durations
    FROM ingest
    GROUP BY service, span_name, kind, minute
)
