import type { HistogramResponse } from '@waybill/api'

/** A bar's height in percent of the tallest, and the part of it that failed in percent of the bar. */
export interface Bar {
  readonly percent: number
  readonly errorPercent: number
}

/** One trace among thousands still has a bar: 4 % is about two pixels. */
const minPercent = 4

/** The bar of a bucket, where the fullest bucket has `largest` traces. Empty buckets have none. */
export function barOf(bucket: { readonly traces: number; readonly errors: number }, largest: number): Bar {
  if (bucket.traces === 0) return { percent: 0, errorPercent: 0 }
  const percent = Math.max((bucket.traces / largest) * 100, minPercent)
  const errorPercent = bucket.errors === 0 ? 0 : Math.max((bucket.errors / bucket.traces) * 100, 12)
  return { percent, errorPercent: Math.min(errorPercent, 100) }
}

/** `count` times evenly spread over a histogram, its two ends among them. */
export function axisTimes(histogram: HistogramResponse, count: number): readonly number[] {
  const length = histogram.stepMs * histogram.buckets.length
  return Array.from({ length: count }, (_, i) => histogram.startUnixMs + (length * i) / (count - 1))
}

/**
 * The range that a drag from one place to another stands for, widened to whole buckets. Places are fractions
 * of the histogram's width.
 *
 * @returns undefined for a mere click, where nothing was dragged over.
 */
export function rangeOfDrag(
  histogram: HistogramResponse,
  from: number,
  to: number,
): { readonly startUnixMs: number; readonly endUnixMs: number } | undefined {
  const buckets = histogram.buckets.length
  const [left, right] = from < to ? [from, to] : [to, from]
  if ((right - left) * buckets < 0.25) return undefined
  const first = Math.floor(left * buckets)
  const last = Math.max(Math.ceil(right * buckets), first + 1)
  return {
    startUnixMs: histogram.startUnixMs + first * histogram.stepMs,
    endUnixMs: histogram.startUnixMs + last * histogram.stepMs,
  }
}
