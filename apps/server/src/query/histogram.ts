import type { HistogramResponse } from '@waybill/api'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile.ts'
import { compileQuery, statement } from './compile.ts'
import type { Bind } from './compile-bind.ts'
import type { Asked } from './cost.ts'
import { ask } from './cost.ts'
import { lengthNano, onDaysOf, timeOf } from './time-range.ts'

/** As many bars as stand side by side on a page. */
const mostBuckets = 90

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map(seconds => seconds * 1000),
  [1, 2, 3, 6, 12, 24].map(hours => hours * 3_600_000),
)
const dayMs = 86_400_000

interface BucketRow {
  readonly bucket: string
  readonly traces: string
  readonly errors: string
}

/**
 * Counts the matching traces over time, each at its first span within the range that matches; `errors` are
 * those with any failed span.
 *
 * @throws WaybillError QUERY_TOO_LARGE with what to narrow.
 */
export async function getHistogram(reader: Reader, asked: Asked): Promise<HistogramResponse> {
  const { range } = asked
  const stepMs = stepOf(Number(lengthNano(range) / 1_000_000n))
  const stepNano = BigInt(stepMs) * 1_000_000n
  const first = BigInt(range.startUnixNano) / stepNano
  const last = (BigInt(range.endUnixNano) - 1n) / stepNano
  const buckets = Array.from({ length: Math.max(0, Number(last - first) + 1) }, () => ({
    traces: 0,
    errors: 0,
  }))
  const rows = await ask<BucketRow>(reader, bucketsStatement(asked, stepNano), asked)
  let total = 0
  for (const row of rows) {
    const traces = Number(row.traces)
    total += traces
    const place = Number(BigInt(row.bucket) - first)
    if (place < buckets.length) buckets[Math.max(0, place)] = { traces, errors: Number(row.errors) }
  }
  return { stepMs, startUnixMs: Number(first) * stepMs, buckets, total }
}

function bucketsStatement(asked: Asked, stepNano: bigint): Statement {
  return statement(bind => {
    const bucket = `intDiv(greatest(toUnixTimestamp64Nano(min(start)), ${bind(asked.range.startUnixNano, 'Int64')}), ${bind(String(stepNano), 'Int64')}) AS bucket`
    const traces =
      asked.query.type === 'every' ? allTraces(bucket, asked, bind) : matchingTraces(bucket, asked, bind)
    return `SELECT bucket, count() AS traces, countIf(failed) AS errors FROM (${traces}) GROUP BY bucket`
  })
}

/** Every trace of the range, out of the small table. */
function allTraces(bucket: string, { range }: Asked, bind: Bind): string {
  const overlap = `max(end) >= ${timeOf(range.startUnixNano, bind)} AND min(start) < ${timeOf(range.endUnixNano, bind)}`
  return `SELECT ${bucket}, sum(errors) > 0 AS failed FROM traces WHERE ${onDaysOf(range, bind)} GROUP BY trace_id HAVING ${overlap}`
}

function matchingTraces(bucket: string, { query, range }: Asked, bind: Bind): string {
  const { table, where } = compileQuery(query, range, bind)
  const failed = `trace_id IN (SELECT trace_id FROM traces WHERE ${onDaysOf(range, bind)} AND errors > 0) AS failed`
  return `SELECT ${bucket}, ${failed} FROM ${table} WHERE ${where} GROUP BY trace_id`
}

/** The smallest step that people count in, of which the range has no more than bars fit. */
function stepOf(lengthMs: number): number {
  const exact = lengthMs / mostBuckets
  return steps.find(step => step >= exact) ?? Math.ceil(exact / dayMs) * dayMs
}
