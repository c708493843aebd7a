import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Context, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { ring } from './ring.ts'
import type { Setting } from './setting.ts'

/** OpenTelemetry's SDK for JavaScript, of either generation. */
export interface Sdk {
  readonly provider: TracerProvider & { forceFlush(): Promise<void> }
}

interface SpanProcessor {
  onStart(span: object, parent: Context): void
  onEnd(span: object): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

type Construct<Options, Made> = new (options?: Options) => Made

interface SdkModule {
  readonly BasicTracerProvider?: Construct<object, Sdk['provider']>
  readonly TracerProvider?: Construct<object, Sdk['provider']>
  readonly AlwaysOnSampler: Construct<never, object>
  readonly AlwaysOffSampler: Construct<never, object>
  /** The third generation takes the exporter among the options, the second before them. */
  readonly BatchSpanProcessor: new (
    exporterOrOptions: object,
    options?: object,
  ) => SpanProcessor
}

/** Modules as a folder's packages see them: of the one generation or the other. */
export type Load = <Module>(name: string) => Module

export function loaderIn(folder: string): Load {
  const require = createRequire(join(folder, 'package.json'))
  return name => require(name)
}

/**
 * Starts an SDK and registers it, with contexts that follow asynchronous calls, and W3C's headers. Its batches and
 * its queue are as large as ours.
 *
 * @param sdkName the package with the tracer provider, which changed its name.
 */
export function startSdk(load: Load, sdkName: string, { spans, exportUrl }: Setting): Sdk {
  const api = load<typeof import('@opentelemetry/api')>('@opentelemetry/api')
  const sdk = load<SdkModule>(sdkName)
  const Provider = sdk.TracerProvider ?? sdk.BasicTracerProvider
  if (Provider === undefined) throw new Error(`${sdkName} has no tracer provider`)
  const provider = new Provider({
    sampler: spans === 'off' ? new sdk.AlwaysOffSampler() : new sdk.AlwaysOnSampler(),
    spanProcessors: [spans === 'export' ? exporting(load, sdk, exportUrl) : keeping()],
  })
  const { AsyncLocalStorageContextManager } = load<typeof import('@opentelemetry/context-async-hooks')>(
    '@opentelemetry/context-async-hooks',
  )
  api.trace.setGlobalTracerProvider(provider)
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  api.propagation.setGlobalPropagator(w3c(load))
  return { provider }
}

function w3c(load: Load): TextMapPropagator {
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } =
    load<typeof import('@opentelemetry/core')>('@opentelemetry/core')
  return new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  })
}

function keeping(): SpanProcessor {
  const keep = ring<object>()
  return { onStart() {}, onEnd: keep, forceFlush: async () => {}, shutdown: async () => {} }
}

function exporting(load: Load, { BatchSpanProcessor, TracerProvider: third }: SdkModule, url: string) {
  const { OTLPTraceExporter } = load<typeof import('@opentelemetry/exporter-trace-otlp-proto')>(
    '@opentelemetry/exporter-trace-otlp-proto',
  )
  const exporter = new OTLPTraceExporter({ url })
  const limits = { maxExportBatchSize: 512, maxQueueSize: 2048 }
  return third === undefined
    ? new BatchSpanProcessor(exporter, limits)
    : new BatchSpanProcessor(Object.assign({ exporter }, limits))
}
