import type { Attributes } from '@opentelemetry/api'
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
  clear(): void
  /** The attributes that spans of messages had since the beginning, together for each operation. */
  seen(): readonly { readonly attributes: Attributes }[]
}

/** Registers an OpenTelemetry SDK in this process, with W3C context and baggage, whose spans stay in memory. */
export function collectSpans(options: { readonly sampler?: Sampler } = {}): CollectedSpans {
  const spans: ReadableSpan[] = []
  const seen = new Map<string, Attributes>()
  const processor: SpanProcessor = {
    onStart() {},
    onEnd(span) {
      spans.push(span)
      const { 'messaging.system': system, 'messaging.operation.name': operation } = span.attributes
      if (system === undefined) return
      const key = `${system} ${operation}`
      seen.set(key, Object.assign(seen.get(key) ?? {}, span.attributes))
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
      spans.length = 0
    },
    seen: () => [...seen.values()].map(attributes => ({ attributes })),
  }
}
