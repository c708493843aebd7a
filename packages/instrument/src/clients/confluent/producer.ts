import { copyWith } from '../../copy.ts'
import { whenSettled } from '../../outcome.ts'
import { endSendCall, failSendCall, startSendCall } from '../../send.ts'
import { guarded, holds } from '../../warn.ts'
import { isTopicMessages } from '../kafkajs/producer.ts'
import type { ProducedMessage, TopicMessages } from '../kafkajs/shapes.ts'
import type { ClientState, StateOf } from '../librdkafka/client-state.ts'
import type { Wrappers } from '../librdkafka/methods.ts'
import { replaceMethods } from '../librdkafka/methods.ts'
import { producerMethods as internalMethods, withCall } from '../librdkafka/producer.ts'
import type { Producer } from './shapes.ts'
import { internalOf } from './shapes.ts'

/** What a producer's prototype or instance gets. `sendBatch` comes down to `send`; a producer is its own transaction. */
export const producerMethods: Wrappers<StateOf> = { send: tracedSend, sendOffsets: tracedSendOffsets }

/** Producers whose client within makes spans by these states. */
type Adopted = WeakSet<object>

/**
 * `send` with a span for each message, made where the client within produces it: that one is told partition and
 * offset of each. What is sent are copies, since the client writes into the messages it is given.
 */
function tracedSend(send: Producer['send'], stateOf: StateOf): Producer['send'] {
  const adopted: Adopted = new WeakSet()
  return function (this: Producer, record) {
    const state = guarded('A producer could not be traced', () => adopt(this, stateOf, adopted))
    if (state === undefined || !holds(() => isTopicMessages(record))) return send.call(this, record)
    const copy = guarded('A send could not be traced', () =>
      copyWith(record, { messages: record.messages.map(copyOf) }),
    )
    if (copy === undefined) return send.call(this, record)
    return sendCopy(state, copy, () => send.call(this, copy))
  }
}

/** `sendOffsets`, whose spans the client within makes: it is asked to here, since it may not have sent yet. */
function tracedSendOffsets(sendOffsets: Producer['sendOffsets'], stateOf: StateOf): Producer['sendOffsets'] {
  const adopted: Adopted = new WeakSet()
  return function (this: Producer, ...args) {
    guarded('A producer could not be traced', () => adopt(this, stateOf, adopted))
    return sendOffsets.apply(this, args)
  }
}

/** Undefined before the producer connects: it will refuse to send. */
function adopt(producer: Producer, stateOf: StateOf, adopted: Adopted): ClientState | undefined {
  const internal = internalOf(producer)
  if (internal === undefined) return undefined
  if (!adopted.has(internal)) {
    replaceMethods(internal, internalMethods, stateOf)
    adopted.add(internal)
  }
  return stateOf(internal)
}

function copyOf(message: ProducedMessage): ProducedMessage {
  const { key, value, headers } = message
  return copyWith(message, headers === undefined ? { key, value } : { key, value, headers })
}

function sendCopy(
  state: ClientState,
  { topic, messages }: TopicMessages,
  send: () => Promise<unknown>,
): Promise<unknown> {
  const call = guarded('A send could not be traced', () =>
    startSendCall(state.routeTo(topic), messages.length),
  )
  if (call === undefined) return send()
  return whenSettled(
    () => withCall(state, call, send),
    answer => {
      const place = onlyPartition(answer)
      endSendCall(call, place === undefined ? undefined : { route: state.routeTo(topic, place) })
    },
    error => failSendCall(call, error),
  )
}

/** The partition that all messages went to, if it is one: the answer has an entry for each. */
function onlyPartition(answer: unknown): number | undefined {
  if (!Array.isArray(answer) || answer.length !== 1) return undefined
  const { partition } = answer[0] as { readonly partition?: unknown }
  return typeof partition === 'number' ? partition : undefined
}
