import type { MeterProvider, Span, SpanOptions, Tracer, TracerProvider } from '@opentelemetry/api'
import { context as contexts, INVALID_SPAN_CONTEXT, metrics, trace } from '@opentelemetry/api'
import { measureBy } from './metrics.ts'
import { traceClients } from './start/clients.ts'
import { addToModules } from './start/load-hooks.ts'
import type { MessagingOptions } from './tracing.ts'
import { scopeName, scopeVersion } from './tracing.ts'
import { guarded } from './warn.ts'

export interface WaybillInstrumentationConfig extends MessagingOptions {
  /** Whether spans are made from the start; `true` by default. */
  readonly enabled?: boolean
}

/**
 * All clients as one instrumentation of OpenTelemetry's: for `registerInstrumentations`, and for the list
 * `instrumentations` of its SDKs. It has the shape of their interface `Instrumentation` and needs no SDK itself.
 *
 * Clients are patched when it is made, those that `require` has loaded already included. While it is disabled they
 * make no spans, and contexts travel on as they are.
 *
 * @example
 * new NodeSDK({ instrumentations: [new WaybillInstrumentation({ continue: 'both' })] }).start()
 */
export class WaybillInstrumentation {
  readonly instrumentationName = scopeName
  readonly instrumentationVersion = scopeVersion
  #config: WaybillInstrumentationConfig
  #isEnabled: boolean
  #tracer: Tracer = trace.getTracer(scopeName, scopeVersion)
  readonly #switched: TracerProvider

  constructor(config: WaybillInstrumentationConfig = {}) {
    this.#config = config ?? {}
    this.#isEnabled = this.#config.enabled ?? true
    this.#switched = this.#switchedProvider()
    this.#patch()
  }

  enable(): void {
    this.#isEnabled = true
  }

  disable(): void {
    this.#isEnabled = false
  }

  /** Spans that start from now on are this provider's. Without it, they are those of the one that is registered. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracer = provider.getTracer(scopeName, scopeVersion)
  }

  /** Measures by this provider from now on. Without it, by the one that is registered. */
  setMeterProvider(provider: MeterProvider): void {
    // `registerInstrumentations` hands over the registered one where it was given none, and that may come later.
    measureBy(provider === metrics.getMeterProvider() ? undefined : provider)
  }

  /** Producers, consumers and channels that are made from now on have these options. */
  setConfig(config: WaybillInstrumentationConfig): void {
    this.#config = config ?? {}
    this.#isEnabled = this.#config.enabled ?? true
    this.#patch()
  }

  getConfig(): WaybillInstrumentationConfig {
    return { ...this.#config, enabled: this.#isEnabled }
  }

  #patch(): void {
    guarded('The clients could not be traced', () =>
      addToModules(traceClients({ ...this.#config, tracerProvider: this.#switched })),
    )
  }

  #switchedProvider(): TracerProvider {
    const startSpan = (name: string, options?: SpanOptions, parent = contexts.active()): Span => {
      if (this.#isEnabled) return this.#tracer.startSpan(name, options, parent)
      return trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT)
    }
    return { getTracer: () => ({ startSpan }) as Tracer }
  }
}
