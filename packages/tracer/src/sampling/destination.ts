import type { Pattern } from '@waybill/model'
import { matcherOf } from '@waybill/model'
import type { Sampler } from './sampler.ts'

/** How the spans of some messages are sampled. */
export interface DestinationRule {
  /** Which topics, queues or exchanges (messaging.destination.name); all where absent. */
  readonly destination?: Pattern
  /** Which messaging.operation.type: create, send, receive, process, settle; all where absent. */
  readonly operation?: string
  readonly sampler: Sampler
}

/** By the first rule that matches; what matches none, and what is no message, by `otherwise`. */
export function byDestination(rules: readonly DestinationRule[], otherwise: Sampler): Sampler {
  const tests = rules.map(rule => ({
    rule,
    matches: rule.destination === undefined ? undefined : matcherOf(rule.destination),
  }))
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const destination = attributes['messaging.destination.name']
      const operation = attributes['messaging.operation.type']
      let sampler = otherwise
      if (typeof operation === 'string' || typeof destination === 'string') {
        const match = tests.find(
          ({ rule, matches }) =>
            (rule.operation === undefined || rule.operation === operation) &&
            (matches === undefined || (typeof destination === 'string' && matches(destination))),
        )
        if (match !== undefined) sampler = match.rule.sampler
      }
      return sampler.shouldSample(context, traceId, name, kind, attributes, links)
    },
    toString: () => `ByDestination{rules=${rules.length},otherwise=${otherwise}}`,
  }
}
