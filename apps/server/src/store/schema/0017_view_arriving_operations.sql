-- A batch whose destinations only its links name counts under the first of them; `messages` has each.
-- The two selections of `operations` are one set, for services that have their 1000: a hash of each, and one of
-- the service itself. (Hashes and few columns, since the engine plans this again for every load.)
CREATE MATERIALIZED VIEW IF NOT EXISTS arriving_operations_view TO arriving_operations AS
SELECT
    service,
    if(rest, '', span_name) AS name,
    kind,
    if(rest, '', broker) AS system,
    if(rest, '', topic) AS destination,
    if(rest, '', readers) AS consumer_group,
    operation,
    cityHash64(toDate(minute), service) IN (
        SELECT arrayJoin(arrayPushBack(
            groupUniqArray(cityHash64(day, service, name, destination, consumer_group)) AS known,
            cityHash64(day, service)
        ))
        FROM operations
        WHERE day >= today() - 2 OR day = toDate(0)
        GROUP BY day, service
        HAVING length(known) >= 1000
    ) AND cityHash64(toDate(minute), service, span_name, topic, readers) NOT IN (
        SELECT arrayJoin(arrayPushBack(
            groupUniqArray(cityHash64(day, service, name, destination, consumer_group)) AS known,
            cityHash64(day, service)
        ))
        FROM operations
        WHERE day >= today() - 2 OR day = toDate(0)
        GROUP BY day, service
        HAVING length(known) >= 1000
    ) AS rest,
    minute,
    last_seen,
    spans,
    errors,
    duration,
    messages,
    failed_messages,
    bytes,
    durations
FROM
(
    SELECT
        service,
        name AS span_name,
        kind,
        system AS broker,
        if(destination = '', `links.destination`[1], destination) AS topic,
        consumer_group AS readers,
        operation,
        if(dated, toStartOfMinute(start), toDateTime(0, 'UTC')) AS minute,
        max(start) AS last_seen,
        count() AS spans,
        countIf(status_code = 2) AS errors,
        sum(least(greatest(ingest.duration, 0), 86400000000000)) AS duration,
        sum(if(operation = '', 0, greatest(1, batch_size, arraySum(`links.has_message`))) AS each) AS messages,
        sumIf(each, status_code = 2) AS failed_messages,
        sum(least(body_size + arraySum(`links.body_size`), 1099511627776)) AS bytes,
        sumMap(map(if(ingest.duration < 1, 0, 1 + log2(ingest.duration) * 8)::UInt16, 1::UInt64)) AS durations
    FROM ingest
    GROUP BY service, span_name, kind, broker, topic, readers, operation, minute
)
