import type { OperationsResponse, ServicesResponse } from '@waybill/api'
import type { SpanKind } from '@waybill/model'
import { spanKinds } from '@waybill/model'
import type { Reader } from '../store/engine.ts'

/** Every service that has sent a span which is still kept, by name. */
export async function getServices(reader: Reader): Promise<ServicesResponse> {
  const services = await reader.query<{ service: string; spans: string; unixMs: string }>(
    `SELECT service, sum(spans) AS spans, toUnixTimestamp64Milli(max(last_seen)) AS unixMs
FROM operations
GROUP BY service
ORDER BY service`,
  )
  return {
    services: services.map(row => ({
      name: row.service,
      spanCount: Number(row.spans),
      lastSeenUnixMs: Number(row.unixMs),
    })),
  }
}

/**
 * The names of spans, with their kinds. Names beyond the thousand that a service may have a day are left out.
 *
 * @param service one service, or all of them if absent.
 * @param kind one kind of span, or all of them if absent.
 */
export async function getOperations(
  reader: Reader,
  service?: string,
  kind?: SpanKind,
): Promise<OperationsResponse> {
  const conditions = [
    'rest = 0',
    ...(service === undefined ? [] : ['service = {service:String}']),
    ...(kind === undefined ? [] : ['kind = {kind:UInt8}']),
  ]
  const rows = await reader.query<{ name: string; kind: number }>(
    `SELECT DISTINCT name, kind
FROM operations
WHERE ${conditions.join(' AND ')}
ORDER BY name, kind`,
    { service, kind: kind === undefined ? undefined : spanKinds.indexOf(kind) },
  )
  return { operations: rows.map(row => ({ name: row.name, kind: spanKinds[row.kind] ?? 'unspecified' })) }
}

/** How many spans are kept. The engine knows it of each part without reading any. */
export async function countSpans(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
  return Number(row?.spans ?? 0)
}
