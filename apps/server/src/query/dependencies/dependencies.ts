import type { DependenciesResponse, DependencyLink } from '@waybill/api'
import { every } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Asked } from '../cost.ts'
import { ask, estimateSpans } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, relatedRange } from '../time-range.ts'
import { callsStatement } from './calls.ts'
import { peerCallsStatement, sharedIdStatement } from './peer-calls.ts'
import type { Sample } from './sample.ts'
import { samplesOf } from './sample.ts'

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

/** Spans that one statement may remember, in the memory that a query has. */
const spansAtOnce = { services: 1_500_000, peers: 500_000 } as const
/** Of more spans, so many statements count a part of the traces each; of still more these parts stand for all. */
const mostParts = { services: 4, peers: 2 } as const

interface Row {
  readonly parent: string
  readonly child: string
  readonly calls: string
  readonly errors: string
  /** Between peers there is none. */
  readonly messages?: string
}

/** Counts of one link, summed over samples. */
interface Sum {
  readonly parent: string
  readonly child: string
  readonly callCount: number
  readonly errorCount: number
  readonly messageCount: number
}

/**
 * Which services call which, and how often. Between services, a span counts as a call by the service of its parent,
 * and by that of each span that it links to, in its own trace or another, where that is another service: so a message
 * counts from its producer to each of its consumers, whether their instrumentation makes parents or links. Between
 * peers, {@link peerCallsStatement} has the rules.
 *
 * Of more spans than a few statements can remember whole traces are left out; the counts are what all of them would
 * come to, and the answer says so.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getDependencies(
  reader: Reader,
  { range, between = 'services' }: DependenciesRequest,
  atOnce: number = spansAtOnce[between],
): Promise<DependenciesResponse> {
  const asked: Asked = { query: every, range }
  // A caller may have started before the range
  const callers = makeRange(BigInt(relatedRange(range).startUnixNano), BigInt(range.endUnixNano))
  const parts = Math.max(1, Math.ceil((await estimateSpans(reader, asked, callers)) / atOnce))
  const samples = samplesOf(parts, mostParts[between])
  const sums = new Map<string, Sum>()
  for (const sample of samples)
    for (const row of await readCalls(reader, { range, between }, callers, sample)) {
      const { parent, child } = row
      const link = JSON.stringify([parent, child])
      const sum = sums.get(link)
      sums.set(link, {
        parent,
        child,
        callCount: (sum?.callCount ?? 0) + Number(row.calls),
        errorCount: (sum?.errorCount ?? 0) + Number(row.errors),
        messageCount: (sum?.messageCount ?? 0) + Number(row.messages ?? 0),
      })
    }
  const scaled = (count: number) => Math.round((count * parts) / samples.length)
  const links = [...sums.values()]
    .map(
      ({ parent, child, callCount, errorCount, messageCount }): DependencyLink => ({
        parent,
        child,
        callCount: scaled(callCount),
        errorCount: scaled(errorCount),
        ...(messageCount === 0 ? {} : { messageCount: scaled(messageCount) }),
      }),
    )
    .sort((a, b) => b.callCount - a.callCount || byText(a.parent, b.parent) || byText(a.child, b.child))
  return parts === samples.length ? { links } : { links, sampled: true }
}

async function readCalls(
  reader: Reader,
  { range, between }: Required<DependenciesRequest>,
  callers: TimeRange,
  sample: Sample,
): Promise<readonly Row[]> {
  const asked: Asked = { query: every, range }
  if (between === 'services') return ask<Row>(reader, callsStatement(range, callers, sample), asked)
  const shared = await ask(reader, sharedIdStatement(callers, sample), asked)
  return ask<Row>(reader, peerCallsStatement(range, callers, sample, shared.length > 0), asked)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
