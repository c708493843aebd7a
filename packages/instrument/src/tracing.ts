import type { Tracer } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
import type { MessageRule, Rulebook } from './rules.ts'
import { rulebook } from './rules.ts'

/**
 * How a consumer's span is tied to the producer's: as its child (one trace from end to end), by a link from
 * a trace of its own, or both.
 */
export type Continuation = 'parent' | 'link' | 'both'

export interface MessagingOptions {
  /** How consumers continue; `parent` by default, so that one trace shows the whole way. */
  readonly continue?: Continuation
  /** Names, templates and exclusions; the first match wins. */
  readonly rules?: readonly MessageRule[]
}

/** What every operation on messages needs: the tracer and the user's choices, prepared. */
export interface MessagingTracing {
  readonly tracer: Tracer
  readonly continuation: Continuation
  readonly rules: Rulebook
}

export const scopeName = '@waybill/instrument'
export const scopeVersion = '0.1.0'

/** Prepares options. Spans go to whatever tracer provider is registered when they start. */
export function messagingTracing(options: MessagingOptions = {}): MessagingTracing {
  return {
    tracer: trace.getTracer(scopeName, scopeVersion),
    continuation: options.continue ?? 'parent',
    rules: rulebook(options.rules),
  }
}
