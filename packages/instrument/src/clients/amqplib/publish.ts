import { context as contexts, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { MessageHeaders } from '../../headers.ts'
import { readContext } from '../../headers.ts'
import type { Route } from '../../route.ts'
import type { Sending } from '../../send.ts'
import { endSend, failSend, startSend } from '../../send.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { Setup } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import type { ChannelState } from './channel.ts'
import { knownState, stateOf } from './channel.ts'
import type { Callback, Channel, PublishOptions } from './shapes.ts'

type Publish = (
  this: Channel,
  exchange: string,
  routingKey: string,
  content: unknown,
  options: PublishOptions | null | undefined,
  callback?: unknown,
) => unknown

/** A publication on its way: what the client is called with instead of what the application gave. */
interface Publication {
  readonly state: ChannelState
  readonly sending: Sending
  readonly options: PublishOptions
}

/**
 * A channel's `publish`, which `sendToQueue` calls, too. The span ends when the message is written; on a confirm
 * channel, when the broker has confirmed it.
 */
export function tracedPublish(method: Method, setup: Setup): Method {
  const publish = method as Publish
  return function (this: Channel, exchange, routingKey, content, options, callback) {
    const publication = prepare(this, setup, exchange, routingKey, content, options)
    if (publication === undefined) return publish.call(this, exchange, routingKey, content, options, callback)
    const { state, sending } = publication
    const confirmation = state.isConfirming ? confirmed(state, sending, callback) : undefined
    if (confirmation !== undefined && publication.options.mandatory)
      heedReturn(this, state, sending, confirmation)
    state.isPublishing = true
    let result: unknown
    try {
      result = publish.call(
        this,
        exchange,
        routingKey,
        sending.value,
        publication.options,
        confirmation?.callback ?? callback,
      )
    } catch (error) {
      if (confirmation === undefined) settle(sending, error)
      else confirmation.settle(error)
      throw error
    } finally {
      state.isPublishing = false
    }
    if (confirmation === undefined) settle(sending, undefined)
    return result
  } satisfies Publish
}

/** Undefined for what is not traced: what a confirm channel does within, and what the client will refuse. */
function prepare(
  channel: Channel,
  setup: Setup,
  exchange: unknown,
  routingKey: unknown = '',
  content: unknown,
  options: PublishOptions | null | undefined,
): Publication | undefined {
  try {
    if (knownState(channel)?.isPublishing === true) return undefined
    if (typeof exchange !== 'string' || typeof routingKey !== 'string') return undefined
    const given = options || none
    const { headers, messageId, correlationId } = given
    if (headers && typeof headers !== 'object') return undefined
    const state = stateOf(channel, setup)
    const { routes, peer } = state.book
    const route = routes.published(exchange, routingKey, peer)
    const sending = startSend(route, { headers, value: content, messageId, conversationId: correlationId })
    return { state, sending, options: copyOf(given, sending.headers) }
  } catch (error) {
    warnOnce('A publication could not be traced', error)
    return undefined
  }
}

const none: PublishOptions = {}

/** A copy of the options with other headers. amqplib reads inherited fields, too, so that they are copied as well. */
function copyOf(options: PublishOptions, headers: MessageHeaders): PublishOptions {
  const copy: PublishOptions & Record<string, unknown> = {
    expiration: options.expiration,
    userId: options.userId,
    CC: options.CC,
    BCC: options.BCC,
    mandatory: options.mandatory,
    persistent: options.persistent,
    deliveryMode: options.deliveryMode,
    contentType: options.contentType,
    contentEncoding: options.contentEncoding,
    headers,
    priority: options.priority,
    correlationId: options.correlationId,
    replyTo: options.replyTo,
    messageId: options.messageId,
    timestamp: options.timestamp,
    type: options.type,
    appId: options.appId,
  }
  // What later versions may read.
  if (typeof options === 'object')
    for (const name in options) if (!(name in copy)) copy[name] = (options as Record<string, unknown>)[name]
  return copy
}

/** Ends a sending once: by the broker's answer, or by the client's refusal. */
interface Confirmation {
  readonly callback: Callback
  settle(error: unknown): void
}

function confirmed(state: ChannelState, sending: Sending, given: unknown): Confirmation {
  const inScope =
    typeof given === 'function' ? contexts.bind(contexts.active(), given as Callback) : undefined
  let isOpen = true
  const settleOnce = (error: unknown): void => {
    if (!isOpen) return
    isOpen = false
    state.returnable?.delete(sending.span?.spanContext().spanId ?? '')
    settle(sending, error)
  }
  return {
    callback(this: unknown, error, ...results) {
      settleOnce(error)
      return inScope?.call(this, error, ...results)
    },
    settle: settleOnce,
  }
}

/** What the broker answers where no queue takes a message that is `mandatory`; it confirms it nevertheless. */
interface Returned {
  readonly fields?: { readonly replyText?: unknown }
  readonly properties?: { readonly headers?: MessageHeaders | null }
}

/** Has a publication fail that the broker gives back, which comes before its confirm. */
function heedReturn(
  channel: Channel,
  state: ChannelState,
  { span, route }: Sending,
  { settle }: Confirmation,
): void {
  if (span === undefined || !span.isRecording()) return
  state.returnable ??= returnableOf(channel, route)
  state.returnable.set(span.spanContext().spanId, settle)
}

/** The publications of a channel that may come back. What does is known by the context that it carries. */
function returnableOf(channel: Channel, { tracing }: Route): Map<string, (error: unknown) => void> {
  const returnable = new Map<string, (error: unknown) => void>()
  channel.on('return', ({ fields, properties }: Returned) => {
    guarded('A message that came back could not be traced', () => {
      const carried = readContext(ROOT_CONTEXT, properties?.headers, tracing.propagator)
      const type = String(fields?.replyText)
      const message = `The broker gave the message back: ${type}`
      returnable.get(trace.getSpanContext(carried)?.spanId ?? '')?.({ type, message })
    })
  })
  return returnable
}

function settle(sending: Sending, error: unknown): void {
  try {
    if (error === null || error === undefined) endSend(sending)
    else failSend(sending, error)
  } catch (failure) {
    warnOnce('The end of a publication could not be traced', failure)
  }
}
