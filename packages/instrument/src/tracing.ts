import type { Span, TextMapPropagator, Tracer, TracerProvider } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
import type { CaptureOptions } from './capture.ts'
import { problemAttribute } from './diagnosis.ts'
import type { HeaderFormat } from './formats.ts'
import { propagatorOf } from './formats.ts'
import type { Message } from './message.ts'
import { withPaths } from './path.ts'
import type { Continuation, MessageRule, Operation, Rulebook } from './rules.ts'
import { rulebook } from './rules.ts'
import type { Conventions } from './semconv.ts'
import { conventionsOf } from './semconv.ts'
import { reasonOf, warnOnce } from './warn.ts'

/** What a hook is told beside the span. */
export interface HookInfo {
  readonly system: string
  readonly operation: Operation
  readonly destination: string
  /** The message; absent for operations on several at once. */
  readonly message: Message | undefined
  /** What went wrong, for hooks that are called at an end. */
  readonly error?: unknown
}

/**
 * Called with a span that records, to add to it. What a hook throws is said once, as a warning, and changes
 * nothing.
 */
export type SpanHook = (span: Span, info: HookInfo) => void

export interface MessagingOptions {
  /** How consumers continue; `parent` by default, so that one trace shows the whole way. */
  readonly continue?: Continuation
  /** Names, templates, samples and exclusions; the first match wins. */
  readonly rules?: readonly MessageRule[]
  /**
   * The spans of a call that sends several messages: `each` (default) makes a `send` span a message; `bulk` one
   * for the call, whose context all messages carry; `create` one for the call and a `create` span a message.
   */
  readonly sends?: 'each' | 'bulk' | 'create'
  /**
   * Messages of a batch that carry no context: `each` (default) starts a trace for each of them, `shared` puts
   * them all into the trace of the batch's own span.
   */
  readonly polls?: 'each' | 'shared'
  /** Formats of context headers; by default those of the propagator that is registered with OpenTelemetry. */
  readonly formats?: readonly HeaderFormat[]
  /** Names of attributes; by default as OTEL_SEMCONV_STABILITY_OPT_IN says, and without it the new ones. */
  readonly conventions?: Conventions
  /** Looks for a context in the message's value where its headers carry none, or writes one there: JSON objects only. */
  readonly valueContext?: 'read' | 'write' | 'both'
  /** Longest text that is made an attribute, in UTF-16 units; 1,024 by default. What is longer is cut. */
  readonly maxAttributeLength?: number
  /** What of messages is put into attributes beyond the conventions; nothing by default. */
  readonly capture?: CaptureOptions
  /**
   * Adds a short header to every message sent, by which consumers measure how long its whole way took, sampled
   * or not. Off by default.
   */
  readonly paths?: boolean
  /** Whose spans they are; by default those of the provider that is registered with OpenTelemetry. */
  readonly tracerProvider?: TracerProvider
  readonly onSend?: SpanHook
  readonly onSent?: SpanHook
  readonly onReceive?: SpanHook
  readonly onProcess?: SpanHook
  readonly onProcessed?: SpanHook
}

/** What every operation on messages needs: the tracer and the user's choices, prepared. */
export interface MessagingTracing {
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator
  readonly rules: Rulebook
  readonly options: MessagingOptions
  readonly continuation: Continuation
  readonly conventions: Conventions
  readonly maxAttributeLength: number
  /** Says for each message what its headers held (WAYBILL_DEBUG=context). */
  readonly isDiagnosing: boolean
}

export const scopeName = '@waybill/instrument'
export const scopeVersion = '0.1.0'

const defaultMaxAttributeLength = 1024

/** Prepares options. Unless they name a tracer provider, spans go to the one that is registered when they start. */
export function messagingTracing(options: MessagingOptions = {}): MessagingTracing {
  return {
    tracer: (options.tracerProvider ?? trace).getTracer(scopeName, scopeVersion),
    propagator:
      options.paths === true ? withPaths(propagatorOf(options.formats)) : propagatorOf(options.formats),
    rules: rulebook(options.rules),
    options,
    continuation: options.continue ?? 'parent',
    conventions: options.conventions ?? conventionsOf(process.env['OTEL_SEMCONV_STABILITY_OPT_IN']),
    maxAttributeLength: options.maxAttributeLength ?? defaultMaxAttributeLength,
    isDiagnosing: (process.env['WAYBILL_DEBUG'] ?? '').split(',').includes('context'),
  }
}

/** Calls a hook of the application's, where somebody keeps the span. */
export function callHook(hook: SpanHook, span: Span, info: HookInfo, name: string): void {
  if (!span.isRecording()) return
  try {
    hook(span, info)
  } catch (error) {
    warnOnce(`The hook ${name} failed`, error)
    span.setAttribute(problemAttribute, `the hook ${name} failed: ${reasonOf(error)}`)
  }
}
