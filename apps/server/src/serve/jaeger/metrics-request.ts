import type { SpanKind } from '@waybill/model'
import { spanKinds, WaybillError } from '@waybill/model'
import type { ServiceMetricsRequest } from '../../query/counts/service-metrics.ts'
import { readLookback } from './dependencies-request.ts'
import { readFlag, readWhole, unreadable } from './go-values.ts'
import { storedServices } from './search-request.ts'

const hourNano = 3_600_000_000_000n
const defaultStepMs = 5_000
const defaultRatePerMs = 600_000
const msNano = 1_000_000n

/**
 * Reads what `/api/metrics/*` takes (Jaeger 2.20, query_parser.go): `service` (one at least), `groupByOperation`,
 * `endTs`, `lookback`, `step` and `ratePer` in milliseconds, `spanKind` (server if absent).
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER; its message is Jaeger's where clients may look at it.
 */
export function readMetrics(parameters: URLSearchParams, now: number): ServiceMetricsRequest {
  const services = parameters.getAll('service')
  if (services.length === 0)
    throw new WaybillError(
      'BAD_PARAMETER',
      "unable to parse param 'service': please provide at least one service name",
    )
  return {
    services: services.flatMap(storedServices),
    kinds: readKinds(parameters.getAll('spanKind')),
    byOperation: readFlag(parameters.get('groupByOperation'), 'groupByOperation'),
    range: readLookback(parameters, now, hourNano),
    stepMs: readMs(parameters, 'step') ?? defaultStepMs,
    windowMs: readMs(parameters, 'ratePer') ?? defaultRatePerMs,
  }
}

/** Reads `quantile`, a share of 1. Throws as {@link readMetrics} does. */
export function readQuantile(parameters: URLSearchParams): number {
  const text = parameters.get('quantile') ?? ''
  const quantile = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(quantile >= 0 && quantile <= 1)) throw unreadable('quantile', text, 'number from 0 to 1')
  return quantile
}

function readKinds(texts: readonly string[]): readonly SpanKind[] {
  if (texts.length === 0) return ['server']
  return texts.map(text => {
    const kind = spanKinds.find(name => name === text.toLowerCase())
    if (kind === undefined)
      throw new WaybillError(
        'BAD_PARAMETER',
        `unable to parse param 'spanKind': unsupported span kind: '${text}'`,
      )
    return kind
  })
}

function readMs(parameters: URLSearchParams, name: string): number | undefined {
  const nano = readWhole(parameters.get(name), name, msNano)
  if (nano !== undefined && nano <= 0n)
    throw unreadable(name, parameters.get(name) ?? '', 'positive duration')
  return nano === undefined ? undefined : Number(nano / msNano)
}
