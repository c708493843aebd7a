import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { and, between, compare, durationValue, is, not } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { idSet } from '../compile/bind.ts'
import { statement } from '../compile/compile.ts'
import { isDeadLetter } from '../compile/dead-letter.ts'
import { rowsNeverConsumed, selectWaits } from '../compile/message.ts'
import type { Scope } from '../compile/scope.ts'
import { selectRows } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { onDaysOf, relatedRange } from '../time-range.ts'

/** The traces that values are counted over. */
export interface CountedTraces {
  readonly traceIds: readonly TraceId[]
  readonly asked: Asked
  /** Where the spans that match lie. */
  readonly spans: TimeRange
  /** They are those of a short piece of the range. */
  readonly isPiece: boolean
}

/** One value, and in how many of the traces it occurs. */
export interface Counted {
  readonly value: string
  readonly traces: number
  /** What a span of such a trace says. */
  readonly query: Query
}

const mostValues = 12

interface ValueRow {
  readonly value: string
  readonly system: string
  readonly traces: string
}

export async function countServices(reader: Reader, traces: CountedTraces): Promise<readonly Counted[]> {
  const rows = await askFor<ValueRow>(reader, traces, (bind, inTraces) => {
    if (traces.isPiece) {
      const scope = { ...messagesOf(traces, bind), table: 'spans' } as const
      return `${selectRows('service AS value, uniqExact(trace_id) AS traces', inTraces, scope)} GROUP BY value ${mostFirst}`
    }
    const services = `SELECT groupUniqArrayArray(services) AS names FROM traces WHERE ${onDaysOf(traces.asked.range, bind)} AND ${inTraces} GROUP BY trace_id`
    return `SELECT arrayJoin(names) AS value, count() AS traces FROM (${services}) GROUP BY value ${mostFirst}`
  })
  return rows.map(({ value, traces }) => ({
    value,
    traces: Number(traces),
    query: compare('service', '=', value),
  }))
}

export async function countDestinations(reader: Reader, traces: CountedTraces): Promise<readonly Counted[]> {
  const rows = await askFor<ValueRow>(reader, traces, (bind, inTraces) => {
    const columns = 'destination AS value, system, uniqExact(trace_id) AS traces'
    const scope = messagesOf(traces, bind)
    return `${selectRows(columns, `destination != '' AND ${inTraces}`, scope)} GROUP BY value, system ${mostFirst}`
  })
  return rows.map(({ value, system, traces }) => ({
    value,
    traces: Number(traces),
    query: compare(system === 'rabbitmq' ? 'destination' : 'topic', '=', value),
  }))
}

const processing = compare('op', '=', 'process')
const outcomes = [
  { key: 'processed', value: 'processed', query: and([processing, not(is('error'))]) },
  { key: 'failed', value: 'failed', query: and([processing, is('error')]) },
  { key: 'dead', value: 'dead-lettered', query: is('dlq') },
  { key: 'unconsumed', value: 'never consumed', query: is('unconsumed') },
] as const

type OutcomeRow = Readonly<Record<(typeof outcomes)[number]['key'], string>>

/** What became of the messages of each trace; a trace with several messages may count for several. */
export async function countOutcomes(reader: Reader, traces: CountedTraces): Promise<readonly Counted[]> {
  const [row] = await askFor<OutcomeRow>(reader, traces, (bind, inTraces) => {
    const scope = messagesOf(traces, bind)
    const columns =
      `uniqExactIf(trace_id, operation = 'process' AND status_code != 2) AS processed, ` +
      `uniqExactIf(trace_id, operation = 'process' AND status_code = 2) AS failed, ` +
      `uniqExactIf(trace_id, ${isDeadLetter}) AS dead, uniqExactIf(trace_id, ${rowsNeverConsumed(scope, inTraces)}) AS unconsumed`
    return selectRows(columns, inTraces, scope)
  })
  return outcomes
    .map(({ key, value, query }) => ({ value, traces: Number(row?.[key] ?? 0), query }))
    .filter(({ traces }) => traces > 0)
}

const [tenth, second, minute] = [durationValue(100e6), durationValue(1e9), durationValue(60e9)]
const waits = [
  { value: 'under 100 ms', mostNano: tenth.nano, query: compare('wait', '<', tenth) },
  { value: '100 ms to 1 s', mostNano: second.nano, query: between('wait', tenth, second) },
  { value: '1 s to 1 min', mostNano: minute.nano, query: between('wait', second, minute) },
  { value: 'longer', mostNano: undefined, query: compare('wait', '>', minute) },
] as const

/** How long the messages of each trace waited; a trace with several messages may count for several. */
export async function countWaits(reader: Reader, traces: CountedTraces): Promise<readonly Counted[]> {
  const rows = await askFor<ValueRow>(reader, traces, (bind, inTraces) => {
    const cases = waits.flatMap(({ mostNano }, place) =>
      mostNano === undefined ? [] : [`waited <= ${mostNano}, ${place}`],
    )
    const place = `multiIf(${cases.join(', ')}, ${waits.length - 1}) AS value`
    const messages = selectWaits(inTraces, messagesOf(traces, bind))
    return `SELECT ${place}, uniqExact(trace_id) AS traces FROM (${messages}) GROUP BY value ORDER BY value`
  })
  return rows.flatMap(row => {
    const wait = waits[Number(row.value)]
    return wait === undefined ? [] : [{ value: wait.value, traces: Number(row.traces), query: wait.query }]
  })
}

const mostFirst = `ORDER BY traces DESC, value LIMIT ${mostValues}`

/** So far around a piece of the range is looked: what waited longer counts as never consumed. */
const pieceMarginNano = 180_000_000_000n

/** Messages of the traces, which may lie around the spans that match. */
function messagesOf({ asked, spans, isPiece }: CountedTraces, bind: Bind): Scope {
  if (!isPiece) return { bind, table: 'messages', range: relatedRange(spans), whole: asked.range }
  const range = relatedRange(spans, spans, pieceMarginNano)
  return { bind, table: 'messages', range, whole: range, near: { marginNano: 0n, received: 'true' } }
}

/** Asks one statement, which is given the condition that a row belongs to one of the traces. */
async function askFor<Row>(
  reader: Reader,
  { traceIds, asked }: CountedTraces,
  write: (bind: Bind, inTraces: string) => string,
): Promise<readonly Row[]> {
  const counting = statement(bind => write(bind, `trace_id IN ${idSet(traceIds, 16, bind)}`))
  return await ask<Row>(reader, counting, asked)
}
