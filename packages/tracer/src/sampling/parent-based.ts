import { TraceFlags, trace } from '@opentelemetry/api'
import { notSampled, sampled } from './constant.ts'
import type { Sampler } from './sampler.ts'

/** As the parent was decided, so that a trace is kept whole or not at all; new traces as `root` says. */
export function parentBased(root: Sampler): Sampler {
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const parent = trace.getSpanContext(context)
      // A context whose trace is not the one that was asked for is no valid one.
      if (parent === undefined || parent.traceId !== traceId)
        return root.shouldSample(context, traceId, name, kind, attributes, links)
      return (parent.traceFlags & TraceFlags.SAMPLED) === 0 ? notSampled : sampled
    },
    toString: () => `ParentBased{root=${root}}`,
  }
}
