import type { SpanKind } from '@waybill/model'
import { spanKinds } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { TimeRange } from '../time-range.ts'
import type { DurationBuckets } from './duration-quantiles.ts'
import type { Counts } from './minutes.ts'
import { readMinutes } from './minutes.ts'

export interface ServiceMetricsRequest {
  readonly services: readonly string[]
  readonly kinds: readonly SpanKind[]
  /** A series for each name of spans, not only for each service. */
  readonly byOperation: boolean
  readonly range: TimeRange
  /** Between two points; made whole minutes, and longer where the range would have too many points. */
  readonly stepMs: number
  /** What each point looks back over; made whole steps. */
  readonly windowMs: number
}

/** What was counted in the window that ends at a point. */
export interface ServicePoint {
  readonly unixMs: number
  readonly calls: number
  readonly errors: number
  readonly durations: DurationBuckets
}

export interface ServiceSeries {
  readonly service: string
  /** Absent unless asked for; the empty text for names beyond the thousand that a service may have a day. */
  readonly operation?: string
  readonly points: readonly ServicePoint[]
}

export interface ServiceMetrics {
  readonly windowSeconds: number
  readonly series: readonly ServiceSeries[]
}

const minuteMs = 60_000
const mostPoints = 1000
const mostSeries = 500

/**
 * Calls, errors and durations of services in a window that slides over a range, as Prometheus' `rate` has them:
 * from what was counted by minute, without reading a span.
 */
export async function getServiceMetrics(
  reader: Reader,
  { services, kinds, byOperation, range, ...request }: ServiceMetricsRequest,
): Promise<ServiceMetrics> {
  const startMs = Number(BigInt(range.startUnixNano) / 1_000_000n)
  const endMs = Number(BigInt(range.endUnixNano) / 1_000_000n)
  const stepMs = wholeMinutes(Math.max(request.stepMs, (endMs - startMs) / mostPoints))
  // The window is read as well, and steps of both must not be too many for one answer
  const windowSteps = Math.min(Math.max(1, Math.round(request.windowMs / stepMs)), mostPoints / 4)
  const from = BigInt(Math.max(0, startMs - windowSteps * stepMs)) * 1_000_000n
  const found = await readMinutes<{
    readonly service: string
    readonly name?: string
    readonly rest?: number
  }>(reader, {
    range: { startUnixNano: String(from), endUnixNano: range.endUnixNano },
    stepMs,
    by: byOperation ? ['service', 'name', 'rest'] : ['service'],
    counted: { all: 'spans', failed: 'errors' },
    where: bind => [
      `service IN ${bind(services, 'Array(String)')}`,
      `kind IN ${bind(
        kinds.map(kind => String(spanKinds.indexOf(kind))),
        'Array(UInt8)',
      )}`,
    ],
    mostSeries,
  })
  const series = found.series.map(({ columns, steps }) => ({
    service: columns.service,
    ...(byOperation ? { operation: columns.rest === 1 ? '' : (columns.name ?? '') } : {}),
    points: slide(steps, windowSteps)
      .map((window, i): ServicePoint => {
        const ended = found.startUnixMs + (i + windowSteps) * stepMs
        return { ...window, unixMs: Math.min(ended, endMs) }
      })
      .filter(({ unixMs }) => unixMs >= startMs),
  }))
  return { windowSeconds: (windowSteps * stepMs) / 1000, series }
}

function wholeMinutes(ms: number): number {
  return Math.max(1, Math.ceil(ms / minuteMs)) * minuteMs
}

/** Sums over each so many steps that follow one another. */
function slide(steps: readonly Counts[], width: number): readonly Omit<ServicePoint, 'unixMs'>[] {
  const buckets = new Map<number, number>()
  let calls = 0
  let errors = 0
  const count = ({ all, failed, durations }: Counts, sign: 1 | -1): void => {
    calls += sign * all
    errors += sign * failed
    for (const [place, index] of durations.indexes.entries())
      buckets.set(index, (buckets.get(index) ?? 0) + sign * (durations.counts[place] ?? 0))
  }
  const windows: Omit<ServicePoint, 'unixMs'>[] = []
  for (const [i, step] of steps.entries()) {
    count(step, 1)
    const left = steps[i - width]
    if (left !== undefined) count(left, -1)
    if (i < width - 1) continue
    const filled = [...buckets].filter(([, number]) => number > 0).sort(([a], [b]) => a - b)
    const durations = { indexes: filled.map(([index]) => index), counts: filled.map(([, number]) => number) }
    windows.push({ calls, errors, durations })
  }
  return windows
}
