import type { Context, Span } from '@opentelemetry/api'
import { context as contexts } from '@opentelemetry/api'
import type { Message } from './message.ts'
import { whenSettled } from './outcome.ts'
import { readPath, withPathInScope } from './path.ts'
import type { Processing } from './process.ts'
import { carriedContext, endProcess, failProcess, startProcess } from './process.ts'
import type { Route } from './route.ts'
import type { MessageScope } from './scope.ts'
import { scopeOf } from './scope.ts'
import { guarded } from './warn.ts'

/**
 * A message that the application has, or takes from a stream, and works on whenever it does. Its process span lasts
 * as long as anybody works on it: a handler that it was given to, the turn of a loop. When all have let go of it the
 * span ends; who takes it up again later starts another one.
 */
export class PulledMessage implements MessageScope {
  readonly route: Route
  readonly message: Message
  readonly carried: Context
  readonly #poll: Span | undefined
  #isCounted: boolean
  #processing: Processing | undefined
  #holders = 0
  #failure: { readonly error: unknown } | undefined

  /**
   * @param poll the receive span that it came with.
   * @param isCounted whether its delivery was counted when it came; otherwise it is when somebody works on it first.
   */
  constructor(
    route: Route,
    message: Message,
    carried: Context = carriedContext(route, message),
    poll?: Span,
    isCounted = false,
  ) {
    this.route = route
    this.message = message
    this.carried = carried
    this.#poll = poll
    this.#isCounted = isCounted
  }

  /** The span of whoever works on it or did last; before, what came with the message. */
  context(): Context {
    if (this.#processing !== undefined) return this.#processing.context
    if (this.route.tracing.options.paths !== true) return this.carried
    return withPathInScope(this.carried, readPath(this.message.headers))
  }

  /** The span of whoever works on it or did last, as a context. */
  get processingContext(): Context | undefined {
    return this.#processing?.context
  }

  run<Result>(handler: () => Result): Result {
    const processing = guarded('A message could not be traced', () => this.take())
    if (processing === undefined) return handler()
    return whenSettled(
      () => contexts.with(processing.context, handler),
      () => this.letGo(),
      error => this.letGo({ error }),
    )
  }

  /** Somebody begins to work on it, until {@link letGo}. */
  take(): Processing {
    const processing =
      this.#holders > 0 && this.#processing !== undefined
        ? this.#processing
        : startProcess(this.route, this.message, this.carried, this.#poll, undefined, this.#isCounted)
    this.#isCounted = true
    this.#processing = processing
    this.#holders++
    return processing
  }

  /** Somebody who took it is done with it, or failed. */
  letGo(failure?: { readonly error: unknown }): void {
    this.#failure ??= failure
    if (this.#holders === 0 || --this.#holders > 0 || this.#processing === undefined) return
    const failed = this.#failure
    this.#failure = undefined
    if (failed === undefined) endProcess(this.#processing)
    else failProcess(this.#processing, failed.error)
  }
}

/** What is known of a message that came out of a stream, or that was asked for. */
export function pulledOf(message: unknown): PulledMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const scope = scopeOf(message)
  return scope instanceof PulledMessage ? scope : undefined
}
