import type { Message } from '../../message.ts'
import { endReceive, failReceive, startReceive } from '../../receive.ts'
import { guarded } from '../../warn.ts'
import type { ClientState, StateOf } from './client-state.ts'
import { tracedCommit, tracedCommitBack, tracedCommitMessage } from './commit.ts'
import { callDataListeners, described, hasDataListeners, inProcess } from './handling.ts'
import type { Wrappers } from './methods.ts'
import type { ConsumedMessage, Consumer, NativeConsumer } from './shapes.ts'
import { isConsumedMessage } from './shapes.ts'

type Consume = Consumer['consume']
type Emit = (this: Consumer, event: string | symbol, ...args: unknown[]) => boolean
type Callback = (error: unknown, messages?: unknown, ...more: unknown[]) => unknown

/** What a consumer's prototype or instance gets. */
export const consumerMethods: Wrappers<StateOf> = {
  consume: tracedConsume,
  emit: tracedData,
  commit: tracedCommit,
  commitSync: tracedCommit,
  commitCb: tracedCommitBack,
  commitMessage: tracedCommitMessage,
  commitMessageSync: tracedCommitMessage,
}

/**
 * `consume(n, callback)` with receive spans for what comes, one for each partition; `consume(callback)`, which flows,
 * with a process span for each message.
 */
function tracedConsume(consume: Consume, stateOf: StateOf): Consume {
  return function (...args) {
    const [count, callback] = args
    const state = guarded('A consumer could not be traced', () => stateOf(this))
    if (state === undefined) return consume.apply(this, args)
    if (typeof count === 'number' && count !== 0) {
      if (callback !== undefined && typeof callback !== 'function') return consume.apply(this, args)
      return consumeSome(this, consume, count, callback as Callback | undefined, state)
    }
    const place = typeof callback === 'function' ? 1 : 0
    const flowing = args[place]
    if (typeof flowing !== 'function' || (place === 1 && Boolean(count))) return consume.apply(this, args)
    const traced = args.slice()
    traced[place] = tracedFlow(this, flowing as Callback, state)
    return consume.apply(this, traced)
  }
}

/** The callback of a consumer that flows. Where somebody listens to `data`, too, it runs in the same span's scope. */
function tracedFlow(consumer: Consumer, callback: Callback, state: ClientState): Callback {
  return (error, message, ...more) =>
    isConsumedMessage(message)
      ? inProcess(state, message, () => callback.call(consumer, error, message, ...more))
      : callback.call(consumer, error, message, ...more)
}

function consumeSome(
  consumer: Consumer,
  consume: Consume,
  count: number,
  callback: Callback | undefined,
  state: ClientState,
): unknown {
  const receiving = guarded('A call of consume could not be traced', () => {
    watch(consumer, state)
    return startReceive(state.routeTo(''))
  })
  if (receiving === undefined) return consume.call(consumer, count, callback)
  const told: Callback = (error, ...results) => {
    if (error)
      guarded('A failed consume could not be traced', () => {
        const route = state.routeTo(subscribedTopic(consumer))
        failReceive(Object.assign({}, receiving, { route }), error)
      })
    return callback?.call(consumer, error, ...results)
  }
  return consume.call(consumer, count, told)
}

/** The topic that the consumer asks for, where it is one. */
function subscribedTopic(consumer: Consumer): string {
  try {
    const topics = consumer.subscription()
    return topics.length === 1 ? (topics[0] ?? '') : ''
  } catch {
    return ''
  }
}

const watched = new WeakSet<NativeConsumer>()

/**
 * Has the addon's object tell us first of what it fetched: the client emits every message as `data` before it gives
 * all of them to the callback, and both belong to the receive span.
 */
function watch(consumer: Consumer, state: ClientState): void {
  const native = consumer._client
  if (native === undefined || watched.has(native)) return
  watched.add(native)
  const { consume } = native
  native.consume = (...args) => {
    const place = args.length - 1
    const callback = args[place]
    if (typeof callback !== 'function') return consume.apply(native, args)
    const receiving = guarded('A call of consume could not be traced', () => startReceive(state.routeTo('')))
    args[place] = (error: unknown, messages: unknown, ...more: unknown[]) => {
      if (receiving !== undefined && Array.isArray(messages))
        guarded('Received messages could not be traced', () => {
          for (const group of byPartition(messages.filter(isConsumedMessage))) {
            const [{ topic, partition }] = group
            const mark = highWatermarkOf(consumer, topic, partition)
            const facts: Message[] = group.map((message, position) => described(message, position, mark))
            endReceive(receiving, facts, false, state.routeTo(topic, partition))
          }
        })
      return callback(error, messages, ...more)
    }
    return consume.apply(native, args)
  }
}

type Group = [ConsumedMessage, ...ConsumedMessage[]]

function byPartition(messages: readonly ConsumedMessage[]): Iterable<Group> {
  const groups = new Map<string, Group>()
  for (const message of messages) {
    const place = `${message.partition} ${message.topic}`
    const group = groups.get(place)
    if (group === undefined) groups.set(place, [message])
    else group.push(message)
  }
  return groups.values()
}

/** The offset of the partition's next message, which the client knows from its last fetch. */
function highWatermarkOf(consumer: Consumer, topic: string, partition: number): number | undefined {
  try {
    return consumer.getWatermarkOffsets(topic, partition).highOffset
  } catch {
    // It knows none before the first fetch, or has been disconnected meanwhile.
    return undefined
  }
}

/** `emit` that runs listeners to `data` in their message's process span. */
function tracedData(emit: Emit, stateOf: StateOf): Emit {
  return function (event, ...args) {
    const [message] = args
    if (event !== 'data' || !isConsumedMessage(message) || !hasDataListeners(this))
      return emit.call(this, event, ...args)
    const state = guarded('A consumer could not be traced', () => stateOf(this))
    inProcess(state, message, () => callDataListeners(this, message))
    return true
  }
}
