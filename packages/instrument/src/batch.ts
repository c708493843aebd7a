import type { Context, Span } from '@opentelemetry/api'
import { context as contexts, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import { emptyContext, withSpan } from './layered-context.ts'
import type { Message } from './message.ts'
import type { Processing } from './process.ts'
import { carriedContext, endProcess, failProcess, runProcess, startProcess } from './process.ts'
import { addProducers, tellReceived } from './receive.ts'
import type { Route } from './route.ts'
import { operationOn, startSpan } from './route.ts'
import type { MessageScope } from './scope.ts'
import { keepScope } from './scope.ts'
import { guarded } from './warn.ts'

/** A batch in the hands of its handler. */
export interface OpenBatch {
  /** What the handler runs in: the receive span, the root of a trace of its own. */
  readonly context: Context
  /** The first `count` messages have been dealt with. */
  settleFirst(count: number): void
  /** The handler has settled without throwing. */
  end(): void
  fail(error: unknown): void
}

/**
 * Opens a batch: a receive span with a link to every message that carries a context, and a span for each message
 * on demand.
 *
 * ```
 * poll ────────────────────────────────────────────  links → every producer
 *  process m0 ──────         own span when run, or when asked for
 *               process m1 ──── │ offset resolved: the span of a plain loop ends here,
 *                               │ and the next one's begins
 * ```
 *
 * A handler that neither runs messages in their spans nor settles them one by one gives no times of single
 * messages: each then gets a span as long as the handler, so that every producer's trace shows its consumer.
 *
 * @param messages with `original`, by which the application asks for their contexts, and `position`.
 */
export function openBatch(route: Route, messages: readonly Message[]): OpenBatch {
  const carried = messages.map(message => carriedContext(route, message))
  const poll = startPoll(route, messages, carried)
  const batch = new Batch(route, poll)
  for (const [index, message] of messages.entries()) batch.add(message, carried[index] ?? ROOT_CONTEXT)
  return batch
}

function startPoll(
  route: Route,
  messages: readonly Message[],
  carried: readonly Context[],
): Span | undefined {
  const operation = operationOn(route, 'receive')
  if (operation.skip) return undefined
  const span = startSpan(route, operation, SpanKind.CLIENT, ROOT_CONTEXT)
  if (!span.isRecording()) return span
  span.setAttribute('messaging.batch.message_count', messages.length)
  addProducers(span, route, messages, carried)
  tellReceived(route, operation, span)
  return span
}

class Batch implements OpenBatch {
  readonly route: Route
  poll: Span | undefined
  context: Context
  entries: Entry[] = []
  settled = 0
  /** When the last message of a plain loop ended, which is when the next one's span begins. */
  markMs = Date.now()
  handlerNamesMessages = false
  isOver = false

  constructor(route: Route, poll: Span | undefined) {
    this.route = route
    this.poll = poll
    this.context = poll === undefined ? ROOT_CONTEXT : withSpan(emptyContext, poll)
  }

  add(message: Message, carried: Context): void {
    const entry = new Entry(this, message, carried)
    this.entries.push(entry)
    if (message.original !== undefined) keepScope(message.original, entry)
  }

  settleFirst(count: number): void {
    this.handlerNamesMessages = true
    const nowMs = Date.now()
    for (; this.settled < count; this.settled++) this.entries[this.settled]?.close(nowMs)
    this.markMs = nowMs
  }

  end(): void {
    const nowMs = Date.now()
    for (const entry of this.entries)
      if (entry.state === 'asked' || !this.handlerNamesMessages) entry.close(nowMs)
    this.poll?.end()
    this.#letGo()
  }

  fail(error: unknown): void {
    const open = this.entries.filter(entry => entry.state === 'asked')
    const nowMs = Date.now()
    for (const entry of open) {
      // Of several messages in the handler's hands nobody knows which one failed: the receive span tells.
      if (open.length > 1) entry.close(nowMs)
      else failProcess(entry.begin(), error)
      entry.state = 'done'
    }
    if (this.poll !== undefined) {
      recordFailure(this.poll, error)
      this.poll.end()
    }
    this.#letGo()
  }

  /** A message that is kept, by the application or by its client, must not keep all others and a link to each. */
  #letGo(): void {
    this.isOver = true
    this.entries = []
    this.context = ROOT_CONTEXT
    if (this.poll !== undefined) this.poll = trace.wrapSpanContext(this.poll.spanContext())
  }
}

/** One message of a batch. `scoped` is in a handler of its own, which ends it; `asked` has a span that nobody is known to end. */
class Entry implements MessageScope {
  readonly batch: Batch
  readonly route: Route
  readonly message: Message
  readonly carried: Context
  processing: Processing | undefined
  state: 'untouched' | 'asked' | 'scoped' | 'done' = 'untouched'

  constructor(batch: Batch, message: Message, carried: Context) {
    this.batch = batch
    this.route = batch.route
    this.message = message
    this.carried = carried
  }

  begin(startTimeMs?: number): Processing {
    const { route, poll } = this.batch
    this.processing ??= startProcess(route, this.message, this.carried, poll, startTimeMs)
    return this.processing
  }

  context(): Context {
    // Nobody would end a span that starts after the batch.
    if (this.state === 'untouched' && this.batch.isOver) return this.carried
    this.batch.handlerNamesMessages = true
    if (this.state === 'untouched') this.state = 'asked'
    return this.begin().context
  }

  run<Result>(handler: () => Result): Result {
    this.batch.handlerNamesMessages = true
    const processing = guarded('A message could not be traced', () => this.begin())
    if (processing === undefined) return handler()
    if (this.state === 'scoped' || this.state === 'done') return contexts.with(processing.context, handler)
    this.state = 'scoped'
    return runProcess(processing, handler)
  }

  close(endMs: number): void {
    if (this.state === 'scoped' || this.state === 'done') return
    const isUntouched = this.state === 'untouched'
    const processing = this.begin(this.batch.markMs)
    this.state = 'done'
    endProcess(processing, isUntouched ? endMs : undefined)
  }
}
