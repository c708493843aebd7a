import type { Attributes, Context, Link, Span } from '@opentelemetry/api'
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { recordFailure } from './failure.ts'
import type { HeaderRecord } from './headers.ts'
import { readContext } from './headers.ts'
import type { Processing } from './process.ts'
import { endProcess, failProcess, runInContext, startProcess } from './process.ts'
import type { MessageScope } from './scope.ts'
import { keepScope } from './scope.ts'
import type { MessagingTracing } from './tracing.ts'
import { guarded } from './warn.ts'

/** What an adapter tells of a batch. */
export interface BatchFacts<Message extends object> {
  readonly destination: string
  readonly messages: readonly Message[]
  /** Of the receive span: what all messages share, and their number. */
  readonly batchAttributes: Attributes
  readonly headersOf: (message: Message) => HeaderRecord | null | undefined
  /** Of a message's own span. */
  readonly attributesOf: (message: Message) => Attributes
  /** Of the receive span's link to a message: what differs from message to message. */
  readonly linkAttributesOf: (message: Message) => Attributes
}

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

interface Entry<Message> {
  readonly message: Message
  readonly carried: Context
  processing: Processing | undefined
  /** `scoped` is in a handler of its own, which ends it; `asked` has a span that nobody is known to end. */
  state: 'untouched' | 'asked' | 'scoped' | 'done'
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
 */
export function openBatch<Message extends object>(
  tracing: MessagingTracing,
  facts: BatchFacts<Message>,
): OpenBatch {
  const entries = facts.messages.map(
    (message): Entry<Message> => ({
      message,
      carried: readContext(ROOT_CONTEXT, facts.headersOf(message)),
      processing: undefined,
      state: 'untouched',
    }),
  )
  const poll = startReceive(tracing, facts, entries)
  const ruling = tracing.rules('process', facts.destination)
  let settled = 0
  let markMs = Date.now()
  let handlerNamesMessages = false

  const begin = (entry: Entry<Message>, startTimeMs?: number): Processing => {
    entry.processing ??= startProcess(
      tracing,
      ruling,
      facts.attributesOf(entry.message),
      entry.carried,
      poll,
      startTimeMs,
    )
    return entry.processing
  }
  for (const entry of entries) {
    keepScope(
      entry.message,
      scopeOf(entry, () => {
        handlerNamesMessages = true
        return begin(entry)
      }),
    )
  }
  const close = (entry: Entry<Message>, endMs: number): void => {
    if (entry.state === 'scoped' || entry.state === 'done') return
    const untouched = entry.state === 'untouched'
    const processing = begin(entry, markMs)
    entry.state = 'done'
    endProcess(processing, untouched ? endMs : undefined)
  }
  return {
    context: poll === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, poll),
    settleFirst(count) {
      handlerNamesMessages = true
      const nowMs = Date.now()
      for (; settled < count; settled++) {
        const entry = entries[settled]
        if (entry !== undefined) close(entry, nowMs)
      }
      markMs = nowMs
    },
    end() {
      const nowMs = Date.now()
      for (const entry of entries) {
        if (entry.state === 'asked' || !handlerNamesMessages) close(entry, nowMs)
      }
      poll?.end()
    },
    fail(error) {
      const open = entries.filter(entry => entry.state === 'asked')
      const nowMs = Date.now()
      for (const entry of open) {
        // Of several messages in the handler's hands nobody knows which one failed: the receive span tells.
        if (open.length > 1) close(entry, nowMs)
        else failProcess(begin(entry), error)
        entry.state = 'done'
      }
      if (poll !== undefined) recordFailure(poll, error)
      poll?.end()
    },
  }
}

function startReceive<Message extends object>(
  tracing: MessagingTracing,
  facts: BatchFacts<Message>,
  entries: readonly Entry<Message>[],
): Span | undefined {
  const ruling = tracing.rules('receive', facts.destination)
  if (ruling.skip) return undefined
  const links: Link[] = []
  for (const { carried, message } of entries) {
    const producer = trace.getSpanContext(carried)
    if (producer !== undefined) links.push({ context: producer, attributes: facts.linkAttributesOf(message) })
  }
  return tracing.tracer.startSpan(
    ruling.spanName,
    { kind: SpanKind.CLIENT, attributes: facts.batchAttributes, links },
    ROOT_CONTEXT,
  )
}

function scopeOf<Message>(entry: Entry<Message>, begin: () => Processing): MessageScope {
  return {
    context() {
      if (entry.state === 'untouched') entry.state = 'asked'
      return begin().context
    },
    run(handler) {
      const processing = guarded('A message could not be traced', begin)
      if (processing === undefined) return handler()
      if (entry.state === 'scoped' || entry.state === 'done')
        return runInContext(processing.context, handler, ignore, ignore)
      entry.state = 'scoped'
      return runInContext(
        processing.context,
        handler,
        () => {
          entry.state = 'done'
          endProcess(processing)
        },
        error => {
          entry.state = 'done'
          failProcess(processing, error)
        },
      )
    },
  }
}

function ignore(): void {}
