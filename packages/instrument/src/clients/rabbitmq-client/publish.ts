import { context as contexts, createContextKey } from '@opentelemetry/api'
import { copyWith } from '../../copy.ts'
import { whenSettled } from '../../outcome.ts'
import type { Sending } from '../../send.ts'
import { endSend, failSend, startSend } from '../../send.ts'
import { warnOnce } from '../../warn.ts'
import type { ChannelBook } from '../amqp/channel.ts'
import { asText, sameKind } from './body.ts'
import type { Channel, Envelope, Send } from './shapes.ts'

/** Errors that the span of a publication shows, so that the publisher that passes them on makes no second one. */
const shown = new WeakSet<object>()

/**
 * A channel's `basicPublish`, which publishers, `reply` and the RPC client call, too: once for each attempt. The span
 * ends when the message is written; on a channel that confirms, when the broker has confirmed it.
 */
export function tracedPublish(book: ChannelBook, publish: Channel['basicPublish']): Channel['basicPublish'] {
  return function (this: Channel, envelope, body) {
    let sending: Sending | undefined
    let copy: Envelope | undefined
    try {
      sending = startPublish(book, envelope, body)
      if (sending !== undefined) {
        countAttempt(sending)
        const given = typeof envelope === 'string' ? { routingKey: envelope } : envelope
        copy = copyWith<Envelope>(given, { headers: sending.headers })
      }
    } catch (error) {
      warnOnce('A publication could not be traced', error)
    }
    if (sending === undefined || copy === undefined) return publish.call(this, envelope, body)
    const { value } = sending
    return whenSettled(
      () => publish.call(this, copy, sameKind(body, value)),
      () => endSend(sending),
      error => {
        if (typeof error === 'object' && error !== null) shown.add(error)
        failSend(sending, error)
      },
    )
  }
}

/** Undefined for what the client will refuse. */
function startPublish(
  { routes, peer, tracing }: ChannelBook,
  envelope: string | Envelope,
  body: unknown,
): Sending | undefined {
  if (typeof envelope === 'string')
    return startSend(routes.published('', envelope, peer), {
      headers: undefined,
      value: asText(tracing, body),
    })
  if (typeof envelope !== 'object' || envelope === null) return undefined
  const { exchange = '', routingKey = '', headers, messageId, correlationId } = envelope
  if (typeof exchange !== 'string' || typeof routingKey !== 'string') return undefined
  if (headers !== undefined && headers !== null && typeof headers !== 'object') return undefined
  return startSend(routes.published(exchange, routingKey, peer), {
    headers,
    value: asText(tracing, body),
    messageId,
    conversationId: correlationId,
  })
}

/** Where the attempts of one `send` are counted. */
const attemptsKey = createContextKey('waybill.attempts')

interface Attempts {
  count: number
}

/** Says on the span of a publication that the publisher tried before. */
function countAttempt({ span }: Sending): void {
  const attempts = contexts.active().getValue(attemptsKey) as Attempts | undefined
  if (attempts === undefined) return
  attempts.count++
  if (attempts.count > 1) span?.setAttribute('waybill.message.attempt', attempts.count)
}

/**
 * A publisher's `send`. Its attempts have spans of their own; one that failed before it had a channel to publish on
 * has not, and gets it here.
 *
 * @param retries whether the publisher makes more than one attempt.
 */
export function tracedSend(bookWithoutChannel: () => ChannelBook, send: Send, retries: boolean): Send {
  return function (this: unknown, envelope, body) {
    const trySend = (): Promise<void> => send.call(this, envelope, body)
    const attempts: Attempts = { count: 0 }
    return whenSettled(
      retries ? () => contexts.with(contexts.active().setValue(attemptsKey, attempts), trySend) : trySend,
      () => {},
      error => {
        if (typeof error === 'object' && error !== null && shown.has(error)) return
        const sending = startPublish(bookWithoutChannel(), envelope, body)
        if (sending !== undefined) failSend(sending, error)
      },
    )
  }
}
