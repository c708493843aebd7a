import type { Reader } from '../store/engine.ts'

const mostNames = 1000

/**
 * Who is at the other end of a service's calls and messages, by name: peers that its spans name, and the messaging
 * systems that it produces to and consumes from. Of the peers of a day those of 200 spans of its sample.
 */
export async function getPeers(reader: Reader, service: string): Promise<readonly string[]> {
  const rows = await reader.query<{ readonly peer: string }>(
    `SELECT DISTINCT peer
FROM (
  SELECT arrayJoin(groupArraySampleMerge(200, 1)(sampled)) AS peer
  FROM attribute_keys
  WHERE service = {service:String} AND key IN ('service.peer.name', 'peer.service') AND of_resource = 0
  GROUP BY day
  UNION ALL
  SELECT system AS peer
  FROM operations
  WHERE service = {service:String} AND kind IN (4, 5) AND system != ''
)
ORDER BY peer
LIMIT ${mostNames}`,
    { service },
  )
  return rows.map(row => row.peer)
}

/** Names of the attributes of spans and resources; the thousand most frequent, by name. */
export async function getAttributeKeys(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.query<{ readonly key: string }>(
    `SELECT key
FROM (SELECT key, sum(spans) AS number FROM attribute_keys GROUP BY key ORDER BY number DESC, key LIMIT ${mostNames})
ORDER BY key`,
  )
  return rows.map(row => row.key)
}

/** Values of an attribute, of spans and resources, by name: for each day and service those of 200 of its sample. */
export async function getAttributeValues(reader: Reader, key: string): Promise<readonly string[]> {
  const rows = await reader.query<{ readonly value: string }>(
    `SELECT DISTINCT arrayJoin(found) AS value
FROM (
  SELECT groupArraySampleMerge(200, 1)(sampled) AS found
  FROM attribute_keys
  WHERE key = {key:String}
  GROUP BY day, service
)
ORDER BY value
LIMIT ${mostNames}`,
    { key },
  )
  return rows.map(row => row.value)
}
