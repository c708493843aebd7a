import type { FlowResponse, FlowRoute } from '@waybill/api'
import type { Reader } from '../../store/engine.ts'
import type { TimeRange } from '../time-range.ts'
import { quantilesOf } from './duration-quantiles.ts'
import { readMinutes } from './minutes.ts'

/** Which messages are counted; what is absent does not matter. */
export interface FlowRequest {
  readonly range: TimeRange
  /** Whole minutes. */
  readonly stepMs?: number
  readonly system?: string
  readonly destination?: string
  readonly service?: string
  readonly group?: string
}

interface Columns {
  readonly system: string
  readonly destination: string
  readonly operation: string
  readonly service: string
  readonly consumer_group: string
  readonly rest: number
}

const columns = ['system', 'destination', 'operation', 'service', 'consumer_group', 'rest'] as const
const mostRoutes = 1000

/**
 * The flow of messages: which service does what with the messages of which destination, for which consumer
 * group, and how many over time. Sends and receipts of one destination are the edges of the topology. Durations
 * are those of spans; how long messages waited is another question.
 *
 * @throws WaybillError BAD_PARAMETER where the range has too many steps.
 */
export async function getFlow(reader: Reader, request: FlowRequest): Promise<FlowResponse> {
  const { range, stepMs, system, destination, service, group } = request
  const equal = Object.entries({ system, destination, service, consumer_group: group })
  const { startUnixMs, seconds, series, ...found } = await readMinutes<Columns>(reader, {
    range,
    ...(stepMs === undefined ? {} : { stepMs }),
    by: columns,
    counted: { all: 'messages', failed: 'failed_messages' },
    where: bind => [
      "operation != ''",
      ...equal.flatMap(([column, value]) =>
        value === undefined ? [] : [`${column} = ${bind(value, 'String')}`],
      ),
    ],
    mostSeries: mostRoutes,
  })
  return {
    startUnixMs,
    stepMs: found.stepMs,
    routes: series.map(
      ({ columns, total, steps }): FlowRoute => ({
        system: columns.system,
        destination: columns.destination,
        operation: columns.operation,
        service: columns.service,
        consumerGroup: columns.consumer_group,
        ...(columns.rest === 1 ? { rest: true } : {}),
        messages: total.all,
        errors: total.failed,
        bytes: total.bytes,
        messagesPerSecond: total.all / seconds,
        ...quantilesOf(total.durations),
        steps: steps.map(({ all, failed }) => ({ messages: all, errors: failed })),
      }),
    ),
  }
}
