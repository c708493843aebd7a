import type { Context } from '@opentelemetry/api'
import { context as contexts } from '@opentelemetry/api'
import type { Message } from '../../message.ts'
import { isThenable } from '../../outcome.ts'
import type { Processing } from '../../process.ts'
import { endProcess, failProcess } from '../../process.ts'
import type { Route } from '../../route.ts'
import type { MessageScope } from '../../scope.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { warnOnce } from '../../warn.ts'

/** Why a message counts as failed though nothing was thrown. */
export interface Failure {
  readonly type: string
  readonly message: string
}

/**
 * One message that a queue delivered, from its delivery until it is both handled and settled. The processing ends
 * with the handler's promise; where the handler returns none, with the message's settlement, since only that tells
 * when the work is done.
 */
export class Delivery implements MessageScope {
  readonly route: Route
  readonly message: Message
  readonly queue: Queue
  readonly carried: Context
  /** Undefined where `get` handed the message out: what the application does with it is not seen. */
  readonly processing: Processing | undefined
  /** Nobody waits for a settlement, or it has been. */
  isSettled: boolean
  /** The channel is gone, and the message with it. */
  isLost = false
  /** The handler has returned, and only the settlement is waited for. */
  private isReturned = false
  private isEnded = false

  constructor(
    route: Route,
    message: Message,
    queue: Queue,
    carried: Context,
    processing: Processing | undefined,
    noAck: boolean,
  ) {
    this.route = route
    this.message = message
    this.queue = queue
    this.carried = carried
    this.processing = processing
    this.isSettled = noAck
  }

  context(): Context {
    return this.processing?.context ?? this.carried
  }

  run<Result>(handler: () => Result): Result {
    return contexts.with(this.context(), handler)
  }

  /** The handler has returned something that is no promise. */
  returned(): void {
    this.isReturned = true
    if (this.isSettled) this.end()
  }

  /** A message that is refused while it is worked on counts as failed. */
  settled(refusal: Failure | undefined): void {
    this.isSettled = true
    if (this.processing === undefined || this.isEnded) return
    if (refusal !== undefined) this.processing.innerFailure ??= { error: refusal }
    if (this.isReturned) this.end()
  }

  /** It can be settled no more. What waits for that only, ends. */
  lose(failure: Failure): void {
    this.isLost = true
    if (this.isReturned) this.fail(failure)
  }

  end(): void {
    if (this.isEnded || this.processing === undefined) return
    this.isEnded = true
    try {
      endProcess(this.processing)
    } catch (error) {
      warnOnce('The end of a message could not be traced', error)
    }
  }

  fail(failure: unknown): void {
    if (this.isEnded || this.processing === undefined) return
    this.isEnded = true
    try {
      failProcess(this.processing, failure)
    } catch (error) {
      warnOnce('The end of a message could not be traced', error)
    }
  }
}

/**
 * Runs a handler in a delivery's context. What it returns or throws reaches the caller unchanged; a promise is
 * followed by one that settles alike.
 */
export function runHandler<Argument>(
  delivery: Delivery,
  handler: (this: unknown, argument: Argument) => unknown,
  self: unknown,
  argument: Argument,
): unknown {
  let result: unknown
  try {
    result = contexts.with(delivery.context(), handler, self as undefined, argument)
  } catch (error) {
    delivery.fail(error)
    throw error
  }
  if (!isThenable(result)) {
    delivery.returned()
    return result
  }
  return result.then(
    value => {
      delivery.end()
      return value
    },
    (error: unknown) => {
      delivery.fail(error)
      throw error
    },
  )
}
