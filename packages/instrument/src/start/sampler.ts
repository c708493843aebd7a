import type { Sampler } from '@waybill/tracer'
import {
  alwaysOff,
  alwaysOn,
  consistentProbability,
  parentBased,
  remoteSampler,
  traceIdRatio,
} from '@waybill/tracer'
import type { MessageRule } from '../rules.ts'
import { warnOnce } from '../warn.ts'
import { samplerByTopic } from './topic-samplers.ts'

/** OTEL_TRACES_SAMPLER, with what OTEL_TRACES_SAMPLER_ARG says. */
export type SamplerChoice =
  | { readonly kind: 'always_on' | 'always_off'; readonly isParentBased: boolean }
  | {
      readonly kind: 'traceidratio' | 'consistent_probability'
      readonly isParentBased: boolean
      readonly share: number
    }
  | {
      readonly kind: 'jaeger_remote'
      readonly isParentBased: boolean
      readonly url: string
      readonly pollMs: number
      readonly initialShare: number
    }

/** Makes the sampler that the environment asks for, and for some messages the configuration's rules. */
export function samplerOf(
  choice: SamplerChoice,
  service: string,
  rules: readonly MessageRule[] = [],
): Sampler {
  const root = samplerByTopic(rules, rootSampler(choice, service))
  return choice.isParentBased ? parentBased(root) : root
}

function rootSampler(choice: SamplerChoice, service: string): Sampler {
  switch (choice.kind) {
    case 'always_on':
      return alwaysOn
    case 'always_off':
      return alwaysOff
    case 'traceidratio':
      return traceIdRatio(choice.share)
    case 'consistent_probability':
      return consistentProbability(choice.share)
    case 'jaeger_remote':
      return remoteSampler({
        url: choice.url,
        service,
        pollMs: choice.pollMs,
        initial: traceIdRatio(choice.initialShare),
        onError: error => warnOnce(`The sampling strategy of ${choice.url} could not be had`, error),
      })
  }
}
