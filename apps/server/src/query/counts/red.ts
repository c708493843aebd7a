import type { RedResponse, RedSeries, RedStep } from '@waybill/api'
import type { SpanKind } from '@waybill/model'
import { spanKinds } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import type { TimeRange } from '../time-range.ts'
import { quantilesOf } from './duration-quantiles.ts'
import type { Counts } from './minutes.ts'
import { readMinutes } from './minutes.ts'

/** Which spans are counted; what is absent does not matter. */
export interface RedRequest {
  readonly range: TimeRange
  /** Whole minutes. */
  readonly stepMs?: number
  readonly service?: string
  /** The name of spans. */
  readonly operation?: string
  readonly kind?: SpanKind
  readonly by?: 'service' | 'operation'
}

interface Columns {
  readonly service?: string
  readonly name?: string
  readonly kind?: number
  readonly rest?: number
}

const columnsBy = { service: ['service'], operation: ['service', 'name', 'kind', 'rest'] } as const
const mostSeries = 100

/**
 * Rate, errors and duration of spans over time, from what was counted as they were stored: no span is read.
 *
 * @throws WaybillError BAD_PARAMETER where the range has too many steps.
 */
export async function getRed(reader: Reader, request: RedRequest): Promise<RedResponse> {
  const { range, stepMs, service, operation, kind, by } = request
  const { startUnixMs, seconds, series, ...found } = await readMinutes<Columns>(reader, {
    range,
    ...(stepMs === undefined ? {} : { stepMs }),
    by: by === undefined ? [] : columnsBy[by],
    counted: { all: 'spans', failed: 'errors' },
    where: bind => [
      ...(service === undefined ? [] : [`service = ${bind(service, 'String')}`]),
      ...(operation === undefined ? [] : [`name = ${bind(operation, 'String')}`, 'rest = 0']),
      ...(kind === undefined ? [] : [`kind = ${bind(spanKinds.indexOf(kind), 'UInt8')}`]),
    ],
    mostSeries,
  })
  return {
    startUnixMs,
    stepMs: found.stepMs,
    series: series.map(
      ({ columns, total, steps }): RedSeries => ({
        ...namesOf(columns),
        ...stepOf(total),
        spansPerSecond: total.all / seconds,
        ...(total.all === 0 ? {} : { meanNano: Math.round(total.lasted / total.all) }),
        steps: steps.map(stepOf),
      }),
    ),
  }
}

function namesOf({
  service,
  name,
  kind,
  rest,
}: Columns): Pick<RedSeries, 'service' | 'name' | 'kind' | 'rest'> {
  const ofService = service === undefined ? {} : { service }
  if (name === undefined || kind === undefined) return ofService
  const ofKind = { ...ofService, kind: spanKinds[kind] ?? 'unspecified' }
  return rest === 1 ? { ...ofKind, rest: true } : { ...ofKind, name }
}

function stepOf({ all, failed, durations }: Counts): RedStep {
  return { spans: all, errors: failed, ...quantilesOf(durations) }
}
