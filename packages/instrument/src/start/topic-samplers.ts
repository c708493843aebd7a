import type { DestinationRule, Sampler } from '@waybill/tracer'
import { byDestination, traceIdRatio } from '@waybill/tracer'
import type { MessageRule } from '../rules.ts'
import type { MessagingOptions } from '../tracing.ts'

/**
 * The rules of messages as samplers: a share goes before the tracer's own, be it less or more, and is the same
 * traces in every service. As in all rules the first that matches decides, also where it names no share.
 */
export function samplerByTopic(rules: readonly MessageRule[], otherwise: Sampler): Sampler {
  if (!rules.some(({ sample }) => sample !== undefined)) return otherwise
  return byDestination(
    rules.map(
      ({ destination, operation, sample }): DestinationRule => ({
        ...(destination === undefined ? undefined : { destination }),
        ...(operation === undefined ? undefined : { operation }),
        sampler: sample === undefined ? otherwise : traceIdRatio(sample),
      }),
    ),
    otherwise,
  )
}

/** Options whose shares the tracer sees to. */
export function withoutSamples(options: MessagingOptions): MessagingOptions {
  if (options.rules === undefined) return options
  return { ...options, rules: options.rules.map(({ sample: _, ...rule }) => rule) }
}
