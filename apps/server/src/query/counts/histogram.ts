import type { HistogramResponse } from '@waybill/api'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import { lengthNano, onDaysOf, timeOf } from '../time-range.ts'
import type { SampleSizes } from './sample.ts'
import { defaultSampleSizes, oneTraceOf, traceShare } from './sample.ts'

/** As many bars as stand side by side on a page. */
const mostBuckets = 90

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map(seconds => seconds * 1000),
  [1, 2, 3, 6, 12, 24].map(hours => hours * 3_600_000),
)
const dayMs = 86_400_000

interface Row {
  readonly total: string
  /** Bucket, traces, errors. */
  readonly buckets: readonly (readonly [string, string, string])[]
}

/**
 * Counts the matching traces over time: a trace counts in every step in which one of its spans matches, and once
 * in the total. `errors` are those with any failed span. Beyond some thousands the counts are within one percent;
 * where not all traces are counted, because the query would have to remember too much, the answer says so.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getHistogram(
  reader: Reader,
  asked: Asked,
  sizes: SampleSizes = defaultSampleSizes,
): Promise<HistogramResponse> {
  const { range } = asked
  const stepNano = stepNanoOf(asked)
  const stepMs = Number(stepNano / 1_000_000n)
  const first = BigInt(range.startUnixNano) / stepNano
  const last = (BigInt(range.endUnixNano) - 1n) / stepNano
  const buckets = Array.from({ length: Math.max(0, Number(last - first) + 1) }, () => ({
    traces: 0,
    errors: 0,
  }))
  const share = await traceShare(reader, asked, sizes)
  const [row] = await ask<Row>(reader, bucketsStatement(asked, stepNano, share), asked)
  for (const [bucket, traces, errors] of row?.buckets ?? []) {
    const place = Math.max(0, Number(BigInt(bucket) - first))
    if (place < buckets.length)
      buckets[place] = { traces: Number(traces) * share, errors: Number(errors) * share }
  }
  const total = Number(row?.total ?? 0) * share
  const counts = { stepMs, startUnixMs: Number(first) * stepMs, buckets, total }
  return share === 1 ? counts : { ...counts, sampled: true }
}

/** One pass, with a sketch of ids for each step, so that memory does not grow with the number of traces. */
function bucketsStatement({ query, range }: Asked, stepNano: bigint, share: number): Statement {
  return statement(bind => {
    const days = onDaysOf(range, bind)
    const rows =
      query.type === 'every'
        ? { table: 'traces', where: `${days} AND ${overlaps(range, bind)}`, failed: 'errors > 0' }
        : {
            ...compileQuery(query, range, bind, range, oneTraceOf(share, bind)),
            failed: `cityHash64(trace_id) IN (SELECT cityHash64(trace_id) FROM traces WHERE ${days} AND errors > 0)`,
          }
    const time = `greatest(toUnixTimestamp64Nano(start), ${bind(range.startUnixNano, 'Int64')})`
    return (
      `SELECT uniqCombinedMerge(ids) AS total, ` +
      `groupArray((bucket, finalizeAggregation(ids), finalizeAggregation(failedIds))) AS buckets FROM (` +
      `SELECT intDiv(${time}, ${bind(String(stepNano), 'Int64')}) AS bucket, uniqCombinedState(trace_id) AS ids, ` +
      `uniqCombinedStateIf(trace_id, ${rows.failed}) AS failedIds FROM ${rows.table} WHERE ${rows.where} GROUP BY bucket)`
    )
  })
}

/** Rows of `traces` whose trace lies in the range with a part of it. */
function overlaps(range: Asked['range'], bind: Bind): string {
  return `end >= ${timeOf(range.startUnixNano, bind)} AND start < ${timeOf(range.endUnixNano, bind)}`
}

function stepNanoOf({ range }: Asked): bigint {
  return BigInt(stepOf(Number(lengthNano(range) / 1_000_000n))) * 1_000_000n
}

/** The smallest step that people count in, of which the range has no more than bars fit. */
function stepOf(lengthMs: number): number {
  const exact = lengthMs / mostBuckets
  return steps.find(step => step >= exact) ?? Math.ceil(exact / dayMs) * dayMs
}
