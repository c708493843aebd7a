import { context as contexts, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import { whenSettled } from './outcome.ts'
import { tellInnerFailure } from './process.ts'
import { scopeName, scopeVersion } from './tracing.ts'
import { guarded } from './warn.ts'

/** A span's name, or how to make it of a call's arguments: `doWork:{0}`, or a function. */
export type CallName<Parameters extends readonly unknown[]> = string | ((...parameters: Parameters) => string)

/**
 * The function `fn` with a span around every call: kind INTERNAL, child of what is active, active within the
 * call. Synchronous functions and promises; errors are recorded and thrown on, results come back untouched.
 *
 * @param name the span's name. `{0}`, `{1}` stand for the call's arguments: texts, numbers and booleans.
 *
 * @example
 * const doWork = traced('doWork:{0}', async (step: number) => { … })
 */
export function traced<Self, Parameters extends readonly unknown[], Result>(
  name: CallName<Parameters>,
  fn: (this: Self, ...parameters: Parameters) => Result,
): (this: Self, ...parameters: Parameters) => Result {
  const tracer = trace.getTracer(scopeName, scopeVersion)
  const nameOf = typeof name === 'string' ? templateOf(name) : name
  return function (this: Self, ...parameters: Parameters): Result {
    const active = contexts.active()
    const spanName = guarded('A span name could not be made', () => nameOf(...parameters)) ?? fn.name
    const span = guarded('A call could not be traced', () =>
      tracer.startSpan(spanName, { kind: SpanKind.INTERNAL }, active),
    )
    if (span === undefined) return fn.apply(this, parameters as unknown as Parameters & unknown[])
    const context = trace.setSpan(active, span)
    return whenSettled(
      () => contexts.with(context, () => fn.apply(this, parameters as unknown as Parameters & unknown[])),
      () => span.end(),
      error => {
        recordFailure(span, error)
        tellInnerFailure(active, spanName, error)
        span.end()
      },
    )
  }
}

function templateOf(name: string): (...parameters: readonly unknown[]) => string {
  if (!/\{\d+\}/.test(name)) return () => name
  return (...parameters) =>
    name.replace(/\{(\d+)\}/g, (place, index: string) => {
      const parameter = parameters[Number(index)]
      return ['string', 'number', 'boolean', 'bigint'].includes(typeof parameter) ? String(parameter) : place
    })
}
