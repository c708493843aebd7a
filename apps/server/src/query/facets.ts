import type { ExplainResponse, FacetsResponse } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { formatQuery, hasTerm, inTrace } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile.ts'
import { compileQuery, statement } from './compile.ts'
import type { Asked } from './cost.ts'
import { ask, explain } from './cost.ts'
import type { Counted } from './facets-count.ts'
import { countDestinations, countOutcomes, countServices, countWaits } from './facets-count.ts'
import { onDaysOf, timeOf } from './time-range.ts'

type Facet = FacetsResponse['facets'][number]

/** Traces that are counted one by one; of more, a sample stands for all. */
const mostTraces = 2000

/**
 * What the matching traces have in common: their services and destinations, what became of their messages,
 * how long those waited. A value's `query` is a condition on the trace, so that it narrows what is found
 * whatever else the query says of one span: `{topic:orders}`.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getFacets(reader: Reader, asked: Asked): Promise<FacetsResponse> {
  const [found] = await ask<Found>(reader, sampleStatement(asked), asked)
  const total = Number(found?.total ?? 0)
  if (found === undefined || total === 0) return { facets: [] }
  const traces = { traceIds: found.ids, asked }
  const each = total / found.ids.length
  const facet = (key: string, title: string, values: readonly Counted[]): Facet => ({
    key,
    title,
    values: values.map(({ value, traces, query }) => ({
      value,
      count: Math.round(traces * each),
      query: formatQuery(asTerm(query, asked.query)),
    })),
  })
  const facets = [
    facet('service', 'Service', await countServices(reader, traces)),
    facet('destination', 'Destination', await countDestinations(reader, traces)),
    facet('outcome', 'Outcome', await countOutcomes(reader, traces)),
    facet('wait', 'Waited', await countWaits(reader, traces)),
  ]
  return { facets: facets.filter(({ values }) => values.length > 0) }
}

/** What facets would run and read first: the sample of traces that they count. */
export async function explainFacets(reader: Reader, asked: Asked): Promise<ExplainResponse> {
  return await explain(reader, sampleStatement(asked), asked)
}

interface Found {
  readonly total: string
  readonly ids: readonly TraceId[]
}

/** How many traces match, and their ids, or as many of them as are counted. */
function sampleStatement(asked: Asked): Statement {
  return statement(bind => {
    const { query, range } = asked
    const { table, where } =
      query.type === 'every'
        ? {
            table: 'traces',
            where: `${onDaysOf(range, bind)} AND end >= ${timeOf(range.startUnixNano, bind)} AND start < ${timeOf(range.endUnixNano, bind)}`,
          }
        : compileQuery(query, range, bind)
    return (
      `SELECT count() AS total, groupArraySample(${mostTraces}, 1)(id) AS ids ` +
      `FROM (SELECT lower(hex(trace_id)) AS id FROM ${table} WHERE ${where} GROUP BY trace_id)`
    )
  })
}

/**
 * A facet's value as a term of the query: as it stands there if it does, so that it can be taken out again;
 * else as a condition on the trace, unless it is all that is asked.
 */
function asTerm(value: Query, query: Query): Query {
  const ofTrace = inTrace(value)
  if (value.type === 'and' || hasTerm(query, ofTrace)) return ofTrace
  return hasTerm(query, value) || query.type === 'every' ? value : ofTrace
}
