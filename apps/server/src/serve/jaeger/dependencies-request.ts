import type { TimeRange } from '../../query/time-range.ts'
import { readWhole, withinStore } from './go-values.ts'

const msNano = 1_000_000n
const dayNano = 86_400_000_000_000n

/**
 * Reads `GET /api/dependencies` (Jaeger 2.20, query_parser.go): `endTs` and `lookback` in milliseconds, now and a
 * day if absent, and the `service` that a link has on one of its ends.
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER
 */
export function readDependencies(
  parameters: URLSearchParams,
  now: number,
): { readonly range: TimeRange; readonly service: string } {
  return { range: readLookback(parameters, now, dayNano), service: parameters.get('service') ?? '' }
}

/** Reads `endTs` and `lookback`, in milliseconds. Throws as {@link readDependencies} does. */
export function readLookback(parameters: URLSearchParams, now: number, otherwiseNano: bigint): TimeRange {
  const end = readWhole(parameters.get('endTs'), 'endTs', msNano) ?? BigInt(Math.floor(now)) * msNano
  const lookback = readWhole(parameters.get('lookback'), 'lookback', msNano) ?? otherwiseNano
  return { startUnixNano: withinStore(end - lookback), endUnixNano: withinStore(end) }
}
