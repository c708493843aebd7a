import { notSampled, sampled } from './constant.ts'
import type { Sampler } from './sampler.ts'

/**
 * A share of the traces by their ids, in the way of OpenTelemetry's SDK for JavaScript (TraceIdRatioBased): a
 * fleet in which some use the one and some the other keeps the same traces.
 *
 * @param ratio 0 to 1; what is beyond counts as the end it is beyond of.
 */
export function traceIdRatio(ratio: number): Sampler {
  const share = Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0
  const bound = Math.floor(share * 0xffffffff)
  return {
    shouldSample: (_context, traceId) => (folded(traceId) < bound ? sampled : notSampled),
    toString: () => `TraceIdRatioBased{${share}}`,
  }
}

/** The four 32-bit words of a trace id in one. */
function folded(traceId: string): number {
  let word = 0
  for (let at = 0; at < 32; at += 8) word = (word ^ Number.parseInt(traceId.slice(at, at + 8), 16)) >>> 0
  return word
}
