import type { SamplingResult } from '@opentelemetry/api'
import { SamplingDecision } from '@opentelemetry/api'
import type { Sampler } from './sampler.ts'

/** Answers made once: a sampler is asked for every span. */
export const sampled: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED }
export const notSampled: SamplingResult = { decision: SamplingDecision.NOT_RECORD }

export const alwaysOn: Sampler = { shouldSample: () => sampled, toString: () => 'AlwaysOnSampler' }
export const alwaysOff: Sampler = { shouldSample: () => notSampled, toString: () => 'AlwaysOffSampler' }
