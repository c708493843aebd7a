import type { Entered } from '../../enter.ts'
import { enterContext, leaveContext } from '../../enter.ts'
import { guarded } from '../../warn.ts'
import type { Delivery } from '../amqp/delivery.ts'
import type { DeliveredMessage } from './shapes.ts'

type Result = IteratorResult<DeliveredMessage, unknown>

/** From when a loop took a message until it asks for the next one, or ends. */
interface Turn {
  readonly delivery: Delivery
  readonly entered: Entered | undefined
}

/**
 * Messages to be iterated over, each with a process span for its turn of the loop. The span is active in the body of a
 * `for await` loop. Who takes messages in another way finds it by `contextOf` and `processMessage`.
 */
export function tracedMessages(
  messages: AsyncGenerator<DeliveredMessage>,
  deliver: (message: DeliveredMessage) => Delivery | undefined,
): AsyncGenerator<DeliveredMessage> {
  let turn: Turn | undefined
  const begin = (message: DeliveredMessage, isLoop: boolean): void => {
    const delivery = deliver(message)
    if (delivery === undefined) return
    const entered = isLoop
      ? guarded('A context could not be entered', () => enterContext(delivery.context()))
      : undefined
    // Who does not loop may never ask for another: then the settlement ends it.
    if (!isLoop && !delivery.isSettled) delivery.returned()
    turn = { delivery, entered }
  }
  const end = (): Turn | undefined => {
    const ended = turn
    turn = undefined
    const entered = ended?.entered
    if (entered !== undefined) guarded('A context could not be left', () => leaveContext(entered))
    return ended
  }
  const traced: AsyncGenerator<DeliveredMessage> = Object.create(Object.getPrototypeOf(messages))
  return Object.assign(traced, {
    next(...args: [] | [unknown]) {
      end()?.delivery.end()
      return messages.next(...args).then(result => resultWith(result, begin))
    },
    return(value: unknown) {
      end()?.delivery.end()
      return messages.return(value)
    },
    throw(error: unknown) {
      end()?.delivery.fail(error)
      return messages.throw(error)
    },
  })
}

/**
 * A result whose reading begins the message's turn: a loop has just been resumed when it reads it, so that a context
 * that is entered then is the loop's alone. Loops read `done` and then `value`.
 */
function resultWith(result: Result, begin: (message: DeliveredMessage, isLoop: boolean) => void): Result {
  if (result.done === true) return result
  const message = result.value
  let isLoop = false
  let hasBegun = false
  return {
    get done(): false {
      isLoop = true
      return false
    },
    get value() {
      if (!hasBegun) {
        hasBegun = true
        begin(message, isLoop)
      }
      return message
    },
  }
}
