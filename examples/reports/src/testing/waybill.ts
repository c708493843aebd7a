import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runGuarded, startKafka, untilLine } from '@waybill/brokers'

/** A span as Jaeger's JSON API gives it. */
export interface JaegerSpan {
  readonly spanID: string
  readonly operationName: string
  readonly processID: string
  readonly references: readonly { readonly refType: string; readonly spanID: string }[]
  readonly tags: readonly { readonly key: string; readonly value: unknown }[]
  readonly logs: readonly { readonly fields: readonly { readonly key: string; readonly value: unknown }[] }[]
}

export interface JaegerTrace {
  readonly traceID: string
  readonly spans: readonly JaegerSpan[]
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>
}

/** A real Kafka and a real Waybill. */
export interface TestSystem {
  readonly brokers: readonly string[]
  readonly waybillUrl: string
  readonly otlpUrl: string
  readonly jaegerUrl: string
  stop(): Promise<void>
}

const boundMs = 60_000

/** Starts both on free ports, with an empty store. */
export async function startSystem(): Promise<TestSystem> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end()
  }
  try {
    const kafka = await startKafka()
    stops.push(() => kafka.stop())
    const dataDir = await mkdtemp(join(tmpdir(), 'reports-waybill-'))
    stops.push(() => rm(dataDir, { recursive: true, force: true }))
    const waybill = runGuarded({
      command: process.execPath,
      args: [fileURLToPath(new URL('../../../../apps/server/bin/waybill.js', import.meta.url)), 'serve'],
      env: {
        WAYBILL_DATA: dataDir,
        WAYBILL_LOG_LEVEL: 'warn',
        WAYBILL_PORTS: 'free',
      },
      graceMs: 10_000,
    })
    stops.push(() => waybill.end())
    const lines = await untilLine(waybill, /^ready\s/, boundMs)
    const address = (name: string): string =>
      new RegExp(`^${name} +(\\S+?)/?$`, 'm').exec(lines.join('\n'))?.[1] ?? ''
    return {
      brokers: kafka.brokers,
      waybillUrl: address('ready'),
      otlpUrl: address('otlp-http'),
      jaegerUrl: address('jaeger-http'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The trace, once it has that many spans. Rejects, saying what it has, if it does not get them. */
export async function traceOf(waybillUrl: string, traceId: string, spans: number): Promise<JaegerTrace> {
  return untilTrace(`${waybillUrl}/api/traces/${traceId}`, spans)
}

/** The newest trace of a service, once it has that many spans. */
export async function newestTrace(waybillUrl: string, service: string, spans: number): Promise<JaegerTrace> {
  return untilTrace(`${waybillUrl}/api/traces?service=${service}&limit=1`, spans)
}

async function untilTrace(url: string, spans: number): Promise<JaegerTrace> {
  const end = performance.now() + boundMs
  for (;;) {
    const answer = (await (await fetch(url)).json()) as { readonly data?: readonly JaegerTrace[] }
    const trace = answer.data?.[0]
    if (trace !== undefined && trace.spans.length >= spans) return trace
    if (performance.now() > end) throw new Error(`${url} gives ${trace?.spans.length ?? 'no'} spans`)
    await delay(50)
  }
}

/** A trace as a tree of lines: `report-api report_request`, children indented, in the order they started. */
export function outline(trace: JaegerTrace): readonly string[] {
  const parentOf = (span: JaegerSpan): string | undefined =>
    span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID
  const below = (parent: string | undefined, indent: string): readonly string[] =>
    trace.spans
      .filter(span => parentOf(span) === parent)
      .flatMap(span => [
        `${indent}${trace.processes[span.processID]?.serviceName} ${span.operationName}`,
        ...below(span.spanID, `${indent}  `),
      ])
  return below(undefined, '')
}

export function spanNamed(trace: JaegerTrace, name: string): JaegerSpan {
  const span = trace.spans.find(({ operationName }) => operationName === name)
  if (span === undefined) throw new Error(`There is no ${name}`)
  return span
}

export function tagsOf(span: JaegerSpan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(span.tags.map(({ key, value }) => [key, value]))
}

/** The fields of a span's events, one object an event. */
export function eventsOf(span: JaegerSpan): readonly Readonly<Record<string, unknown>>[] {
  return span.logs.map(({ fields }) => Object.fromEntries(fields.map(({ key, value }) => [key, value])))
}
