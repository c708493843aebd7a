import type { OperationsResponse, ServicesResponse } from '@waybill/api'
import type { SpanKind } from '@waybill/model'
import { spanKinds } from '@waybill/model'
import type { Reader } from '../store/engine.ts'

/** Every service that has sent a span which is still kept, by name. */
export async function getServices(reader: Reader): Promise<ServicesResponse> {
  const services = await reader.query<{ name: string; spanCount: string; lastSeenUnixMs: string }>(
    `SELECT service AS name, count() AS spanCount, toUnixTimestamp64Milli(max(start)) AS lastSeenUnixMs
FROM spans
GROUP BY service
ORDER BY service`,
  )
  return {
    services: services.map(row => ({
      name: row.name,
      spanCount: Number(row.spanCount),
      lastSeenUnixMs: Number(row.lastSeenUnixMs),
    })),
  }
}

/**
 * The names of spans, with their kinds.
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
    ...(service === undefined ? [] : ['service = {service:String}']),
    ...(kind === undefined ? [] : ['kind = {kind:UInt8}']),
  ]
  const rows = await reader.query<{ name: string; kind: number }>(
    `SELECT DISTINCT name, kind
FROM spans
${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}\n`}ORDER BY name, kind`,
    { service, kind: kind === undefined ? undefined : spanKinds.indexOf(kind) },
  )
  return { operations: rows.map(row => ({ name: row.name, kind: spanKinds[row.kind] ?? 'unspecified' })) }
}

/** How many spans are kept. */
export async function countSpans(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
  return Number(row?.spans ?? 0)
}
