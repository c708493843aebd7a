import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import type { ReadableSpan, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'

/** The spans that ended, in a real SDK. */
export interface CollectedSpans {
  all(): readonly ReadableSpan[]
  /** The only span of that name. Throws where there is none, or more than one. */
  one(name: string): ReadableSpan
  named(name: string): readonly ReadableSpan[]
  /** What was collected until now is forgotten, but for {@link seen}. */
  clear(): void
  /** Every span since the beginning. */
  seen(): readonly ReadableSpan[]
}

/** Registers an OpenTelemetry SDK in this process, with W3C context and baggage, whose spans stay in memory. */
export function collectSpans(options: { readonly sampler?: Sampler } = {}): CollectedSpans {
  const spans: ReadableSpan[] = []
  let cleared: readonly ReadableSpan[] = []
  const processor: SpanProcessor = {
    onStart() {},
    onEnd(span) {
      spans.push(span)
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  trace.setGlobalTracerProvider(new BasicTracerProvider({ ...options, spanProcessors: [processor] }))
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  const named = (name: string) => spans.filter(span => span.name === name)
  return {
    all: () => [...spans],
    named,
    one(name) {
      const [span, ...more] = named(name)
      if (span === undefined || more.length > 0)
        throw new Error(`${more.length + (span ? 1 : 0)} spans named ${name} among ${spans.map(s => s.name)}`)
      return span
    },
    clear: () => {
      cleared = [...cleared, ...spans]
      spans.length = 0
    },
    seen: () => [...cleared, ...spans],
  }
}
