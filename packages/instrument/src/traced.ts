import type { Context, Span } from '@opentelemetry/api'
import { context as contexts, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import { withSpan } from './layered-context.ts'
import { whenSettled } from './outcome.ts'
import { tellInnerFailure } from './process.ts'
import { scopeName, scopeVersion } from './tracing.ts'
import { guarded } from './warn.ts'

/** A span's name, or how to make it of a call's arguments: `doWork:{0}`, or a function. */
export type CallName<Parameters extends readonly unknown[]> = string | ((...parameters: Parameters) => string)

/** A function with a `this`. */
type Method<Self, Parameters extends readonly unknown[], Result> = (
  this: Self,
  ...parameters: Parameters
) => Result

/** Works on methods both as the standard's decorators (TC39) and as TypeScript's `experimentalDecorators`. */
export interface MethodDecorator {
  <Self, Parameters extends readonly unknown[], Result>(
    method: Method<Self, Parameters, Result>,
    context: ClassMethodDecoratorContext,
  ): Method<Self, Parameters, Result>
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor
}

/**
 * The function `fn` with a span around every call: kind INTERNAL, child of what is active, active within the
 * call. Functions, promises, generators of both kinds; errors are recorded and thrown on, results come back
 * untouched. A generator's span lasts from its call to its end, and is active within each of its steps.
 *
 * @param name the span's name. `{0}`, `{1}` stand for the call's arguments: texts, numbers and booleans.
 *
 * @example
 * const doWork = traced('doWork:{0}', async (step: number) => { … })
 */
export function traced<Self, Parameters extends readonly unknown[], Result>(
  name: CallName<Parameters>,
  fn: (this: Self, ...parameters: Parameters) => Result,
): (this: Self, ...parameters: Parameters) => Result
/**
 * A decorator that does the same for a method.
 *
 * @param name by default, the method's.
 *
 * @example
 * class Reports { @traced() async create(id: string) { … } }
 */
export function traced(name?: CallName<readonly unknown[]>): MethodDecorator
export function traced<Self, Parameters extends readonly unknown[], Result>(
  name?: CallName<Parameters>,
  fn?: Method<Self, Parameters, Result>,
): Method<Self, Parameters, Result> | MethodDecorator {
  return fn === undefined || name === undefined
    ? decorator(name as CallName<readonly unknown[]> | undefined)
    : tracedFunction(name, fn)
}

function decorator(name: CallName<readonly unknown[]> | undefined): MethodDecorator {
  const decorate = (
    target: unknown,
    context: ClassMethodDecoratorContext | string | symbol,
    descriptor?: PropertyDescriptor,
  ): unknown => {
    const key = typeof context === 'object' ? context.name : context
    const method: unknown = descriptor === undefined ? target : descriptor.value
    if (typeof method !== 'function') return descriptor ?? target
    const wrapped = tracedFunction(name ?? String(key), method as Method<unknown, unknown[], unknown>)
    return descriptor === undefined ? wrapped : Object.assign({}, descriptor, { value: wrapped })
  }
  return decorate as MethodDecorator
}

function tracedFunction<Self, Parameters extends readonly unknown[], Result>(
  name: CallName<Parameters>,
  fn: Method<Self, Parameters, Result>,
): Method<Self, Parameters, Result> {
  const tracer = trace.getTracer(scopeName, scopeVersion)
  const nameOf = typeof name === 'string' ? templateOf(name) : name
  const stepping = isGenerator(fn)
  const looksAlike = alike(fn, function (this: Self, ...parameters: Parameters): Result {
    const made = new.target
    const call = (): Result =>
      made === undefined
        ? fn.apply(this, parameters as unknown as Parameters & unknown[])
        : Reflect.construct(fn, parameters, made === looksAlike ? fn : made)
    const active = contexts.active()
    const spanName = guarded('A span name could not be made', () => nameOf(...parameters)) ?? fn.name
    const span = guarded('A call could not be traced', () =>
      tracer.startSpan(spanName, { kind: SpanKind.INTERNAL }, active),
    )
    if (span === undefined) return call()
    const context = withSpan(active, span)
    const fail = (error: unknown): void => {
      recordFailure(span, error)
      tellInnerFailure(active, spanName, error)
      span.end()
    }
    if (stepping) return tracedSteps(call() as Steps, context, span, fail) as Result
    return whenSettled(
      () => contexts.with(context, call),
      () => span.end(),
      fail,
    )
  })
  return looksAlike
}

/**
 * Makes a function look as the one that it stands for: by the number of parameters frameworks tell handlers of errors
 * from others, they keep things of theirs on functions, and what `new` makes of it is of the same class.
 */
function alike<Fn extends object>(fn: object, traced: Fn): Fn {
  for (const key of Reflect.ownKeys(fn)) {
    const own = Object.getOwnPropertyDescriptor(fn, key)
    if (own === undefined || key === 'arguments' || key === 'caller') continue
    if (key === 'prototype') Object.assign(traced, { prototype: own.value })
    else Object.defineProperty(traced, key, own)
  }
  return traced
}

type Steps = Iterator<unknown> & AsyncIterator<unknown>
type Step = (value?: unknown) => unknown

function isGenerator(fn: object): boolean {
  const kind = Object.prototype.toString.call(fn)
  return kind === '[object GeneratorFunction]' || kind === '[object AsyncGeneratorFunction]'
}

/** A generator whose steps run in the span; the last of them ends it. */
function tracedSteps(steps: Steps, context: Context, span: Span, fail: (error: unknown) => void): object {
  let hasEnded = false
  const end = (how: () => void = () => span.end()): void => {
    if (!hasEnded) how()
    hasEnded = true
  }
  const stepOf =
    (name: 'next' | 'return' | 'throw'): Step =>
    value =>
      whenSettled(
        () => contexts.with(context, () => (steps[name] as Step | undefined)?.call(steps, value)),
        result => {
          if ((result as IteratorResult<unknown> | undefined)?.done === true) end()
        },
        error => end(() => fail(error)),
      )
  return Object.create(steps, {
    next: { value: stepOf('next') },
    return: { value: stepOf('return') },
    throw: { value: stepOf('throw') },
  })
}

function templateOf(name: string): (...parameters: readonly unknown[]) => string {
  if (!/\{\d+\}/.test(name)) return () => name
  return (...parameters) =>
    name.replace(/\{(\d+)\}/g, (place, index: string) => {
      const parameter = parameters[Number(index)]
      return ['string', 'number', 'boolean', 'bigint'].includes(typeof parameter) ? String(parameter) : place
    })
}
