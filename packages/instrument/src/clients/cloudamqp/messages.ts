import { warnOnce } from '../../warn.ts'
import type { Delivery } from '../amqp/delivery.ts'
import type { DeliveredMessage } from './shapes.ts'

/**
 * Messages to be iterated over, each with a process span from when the loop gets it until the loop asks for the next
 * one or ends. A loop has no scope of its own: `contextOf` and `processMessage` find the span.
 */
export function tracedMessages(
  messages: AsyncGenerator<DeliveredMessage>,
  deliver: (message: DeliveredMessage) => Delivery | undefined,
): AsyncGenerator<DeliveredMessage> {
  let current: Delivery | undefined
  const endCurrent = (): void => {
    current?.end()
    current = undefined
  }
  const handOut = (
    result: IteratorResult<DeliveredMessage, unknown>,
  ): IteratorResult<DeliveredMessage, unknown> => {
    try {
      endCurrent()
      if (result.done !== true) current = deliver(result.value)
    } catch (error) {
      warnOnce('A message could not be traced', error)
    }
    return result
  }
  const traced: AsyncGenerator<DeliveredMessage> = Object.create(Object.getPrototypeOf(messages))
  return Object.assign(traced, {
    next(...args: [] | [unknown]) {
      endCurrent()
      return messages.next(...args).then(handOut)
    },
    return(value: unknown) {
      endCurrent()
      return messages.return(value).then(handOut)
    },
    throw(error: unknown) {
      current?.fail(error)
      return messages.throw(error).then(handOut)
    },
  })
}
