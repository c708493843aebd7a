import { copyWith } from '../../copy.ts'
import { whenSettled } from '../../outcome.ts'
import type { Sending } from '../../send.ts'
import { endSend, failSend, startSend } from '../../send.ts'
import { warnOnce } from '../../warn.ts'
import type { ChannelBook } from '../amqp/channel.ts'
import type { Channel, Properties } from './shapes.ts'

/**
 * A channel's `basicPublish`, which queues, exchanges and the RPC classes call, too. The span ends when the message is
 * written; on a channel that confirms, when the broker has confirmed it.
 */
export function tracedPublish(book: ChannelBook, publish: Channel['basicPublish']): Channel['basicPublish'] {
  return function (this: Channel, exchange, routingKey, data, properties, ...rest) {
    let sending: Sending | undefined
    let copy: Properties | undefined
    try {
      sending = startPublish(book, exchange, routingKey, data, properties)
      copy = sending && copyWith<Properties>(properties ?? {}, { headers: sending.headers })
    } catch (error) {
      warnOnce('A publication could not be traced', error)
    }
    if (sending === undefined) return publish.call(this, exchange, routingKey, data, properties, ...rest)
    const { value } = sending
    return whenSettled(
      () => publish.call(this, exchange, routingKey, value, copy, ...rest),
      () => endSend(sending),
      error => failSend(sending, error),
    )
  }
}

/** Undefined for what the client will refuse. */
function startPublish(
  { routes, peer }: ChannelBook,
  exchange: unknown,
  routingKey: unknown,
  data: unknown,
  properties: Properties = {},
): Sending | undefined {
  if (typeof exchange !== 'string' || typeof routingKey !== 'string') return undefined
  if (typeof properties !== 'object' || properties === null) return undefined
  const { headers, messageId, correlationId } = properties
  if (headers !== undefined && headers !== null && typeof headers !== 'object') return undefined
  return startSend(routes.published(exchange, routingKey, peer), {
    headers,
    value: data,
    messageId,
    conversationId: correlationId,
  })
}
