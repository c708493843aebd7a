import type { FacetsResponse } from '@waybill/api'
import type { TraceId } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { formatQuery, hasTerm, inTrace } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Statement } from '../compile/compile.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, onDaysOf, timeOf } from '../time-range.ts'
import type { Counted } from './facets-count.ts'
import { countDestinations, countOutcomes, countServices, countWaits } from './facets-count.ts'
import type { SampleSizes } from './sample.ts'
import { defaultSampleSizes, samplePieces } from './sample.ts'

type Facet = FacetsResponse['facets'][number]

/** Traces that are counted one by one; of more, a sample stands for all. */
const mostTraces = 2000

/**
 * What the matching traces have in common: their services and destinations, what became of their messages,
 * how long those waited. A value's `query` is a condition on the trace, so that it narrows what is found
 * whatever else the query says of one span: `{topic:orders}`. Of many traces a sample is counted, those of a few
 * short times, and the answer says so.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getFacets(
  reader: Reader,
  asked: Asked,
  sizes: SampleSizes = defaultSampleSizes,
): Promise<FacetsResponse> {
  const { ranges, times } = await samplePieces(reader, asked, sizes)
  const isSampled = times > 1
  const counts = { service: new Map(), destination: new Map(), outcome: new Map(), wait: new Map() } as const
  let isAll = !isSampled
  for (const range of ranges) {
    const [found] = await ask<Found>(reader, idsStatement(asked, range, ranges.length), asked)
    const total = Number(found?.total ?? 0)
    if (found === undefined || total === 0) continue
    isAll &&= total === found.ids.length
    const spans = isSampled ? range : makeRange(BigInt(found.first), BigInt(found.last) + 1n)
    const traces = { traceIds: found.ids, asked, spans, isPiece: isSampled }
    const each = (total / found.ids.length) * times
    addTo(counts.service, await countServices(reader, traces), each)
    addTo(counts.destination, await countDestinations(reader, traces), each)
    addTo(counts.outcome, await countOutcomes(reader, traces), each)
    addTo(counts.wait, await countWaits(reader, traces), each)
  }
  const facet = (key: keyof typeof counts, title: string): Facet => ({
    key,
    title,
    values: [...counts[key].values()].map(({ value, traces, query }) => ({
      value,
      count: Math.round(traces),
      query: formatQuery(asTerm(query, asked.query)),
    })),
  })
  const facets = [
    facet('service', 'Service'),
    facet('destination', 'Destination'),
    facet('outcome', 'Outcome'),
    facet('wait', 'Waited'),
  ].filter(({ values }) => values.length > 0)
  return isAll ? { facets } : { facets, sampled: true }
}

function addTo(counts: Map<string, Counted>, counted: readonly Counted[], each: number): void {
  for (const one of counted) {
    const key = formatQuery(one.query)
    counts.set(key, { ...one, traces: (counts.get(key)?.traces ?? 0) + one.traces * each })
  }
}

interface Found {
  readonly total: string
  /** Starts of spans that match, nanoseconds since 1970. */
  readonly first: string
  readonly last: string
  readonly ids: readonly TraceId[]
}

/** How many traces match in a piece of the range, and their ids, or as many of them as are counted. */
function idsStatement({ query, range }: Asked, piece: TimeRange, pieces: number): Statement {
  return statement(bind => {
    const { table, where, latest } =
      query.type === 'every' && pieces === 1
        ? {
            table: 'traces',
            latest: 'end',
            where: `${onDaysOf(range, bind)} AND end >= ${timeOf(range.startUnixNano, bind)} AND start < ${timeOf(range.endUnixNano, bind)}`,
          }
        : { ...compileQuery(query, piece, bind), latest: 'start' }
    return (
      `SELECT count() AS total, toUnixTimestamp64Nano(min(earliest)) AS first, toUnixTimestamp64Nano(max(latest)) AS last, arrayMap(id -> lower(hex(id)), groupArraySample(${Math.floor(mostTraces / pieces)}, 1)(trace_id)) AS ids ` +
      `FROM (SELECT trace_id, min(start) AS earliest, max(${latest}) AS latest FROM ${table} WHERE ${where} GROUP BY trace_id)`
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
