import type { DependenciesResponse } from '@waybill/api'
import { every } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Asked } from '../cost.ts'
import { ask, estimateSpans } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, relatedRange } from '../time-range.ts'
import { callsStatement } from './calls.ts'
import { peerCallsStatement } from './peer-calls.ts'
import { sampleOf } from './sample.ts'

/** Which calls are counted. */
export interface DependenciesRequest {
  /** Of the start of what was called. */
  readonly range: TimeRange
  /**
   * Between services that send spans, as Jaeger counts them; that is so if absent. Or between services and `peers`:
   * also what sends none, a broker between a producer and its consumers above all, as Zipkin counts them.
   */
  readonly between?: 'services' | 'peers'
}

/** Spans whose places the engine remembers at once; of more, some traces are counted and stand for all. */
const spansAtOnce = 4_000_000

interface Row {
  readonly parent: string
  readonly child: string
  readonly calls: string
  readonly errors: string
}

/**
 * Which services call which, and how often. Between services, a span counts as a call by the service of its parent,
 * and by that of each span that it links to, in its own trace or another, where that is another service: so a message
 * counts from its producer to each of its consumers, whether their instrumentation makes parents or links. Between
 * peers, {@link peerCallsStatement} has the rules.
 *
 * Of more spans than can be remembered at once whole traces are left out; the counts are what all of them would come
 * to, and the answer says so.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getDependencies(
  reader: Reader,
  { range, between = 'services' }: DependenciesRequest,
  atOnce: number = spansAtOnce,
): Promise<DependenciesResponse> {
  const asked: Asked = { query: every, range }
  // A caller may have started before the range
  const callers = makeRange(BigInt(relatedRange(range).startUnixNano), BigInt(range.endUnixNano))
  const share = Math.max(1, Math.ceil((await estimateSpans(reader, asked, callers)) / atOnce))
  const write = between === 'peers' ? peerCallsStatement : callsStatement
  const rows = await ask<Row>(reader, write(range, callers, sampleOf(share)), asked)
  const links = rows.map(({ parent, child, calls, errors }) => ({
    parent,
    child,
    callCount: Number(calls) * share,
    errorCount: Number(errors) * share,
  }))
  return share === 1 ? { links } : { links, sampled: true }
}
