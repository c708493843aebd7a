import { whenSettled } from '../../outcome.ts'
import { endSettle, failSettle } from '../../settle.ts'
import { guarded } from '../../warn.ts'
import { tracedHandlers } from '../kafkajs/consumer.ts'
import type { ClientState, StateOf } from '../librdkafka/client-state.ts'
import { startSettlings } from '../librdkafka/commit.ts'
import { consumerMethods as internalMethods } from '../librdkafka/consumer.ts'
import type { Wrappers } from '../librdkafka/methods.ts'
import { restoreMethods } from '../librdkafka/methods.ts'
import type { TopicPartitionOffset } from '../librdkafka/shapes.ts'
import type { Consumer } from './shapes.ts'
import { internalOf } from './shapes.ts'

/** What a consumer's prototype or instance gets. */
export const consumerMethods: Wrappers<StateOf> = {
  connect: tracedConnect,
  run: tracedRun,
  commitOffsets: tracedCommitOffsets,
}

/** The client within fetches for this one, which makes the spans: it makes none itself. */
function adopt(consumer: Consumer, stateOf: StateOf): ClientState | undefined {
  const internal = internalOf(consumer)
  if (internal === undefined) return undefined
  restoreMethods(internal, Object.keys(internalMethods))
  return stateOf(internal)
}

function tracedConnect(connect: Consumer['connect'], stateOf: StateOf): Consumer['connect'] {
  return function (this: Consumer, ...args) {
    const connecting = connect.apply(this, args)
    guarded('A consumer could not be traced', () => adopt(this, stateOf))
    return connecting
  }
}

function tracedRun(run: Consumer['run'], stateOf: StateOf): Consumer['run'] {
  return function (this: Consumer, config) {
    const state = guarded('A consumer could not be traced', () => adopt(this, stateOf))
    return run.call(this, state === undefined ? config : tracedHandlers(state.routeTo, config))
  }
}

/** `commitOffsets` with a settle span for each topic; without offsets, it commits what has been consumed. */
function tracedCommitOffsets(commit: Consumer['commitOffsets'], stateOf: StateOf): Consumer['commitOffsets'] {
  return function (this: Consumer, ...args) {
    const [offsets] = args
    const settlings =
      guarded('A commit could not be traced', () => {
        const internal = internalOf(this)
        if (internal === undefined) return []
        const places = Array.isArray(offsets)
          ? (offsets as readonly TopicPartitionOffset[])
          : internal.assignments().map(({ topic, partition }) => ({ topic, partition }))
        return startSettlings(stateOf(internal), places)
      }) ?? []
    return whenSettled(
      () => commit.apply(this, args),
      () => settlings.forEach(endSettle),
      error => {
        for (const settling of settlings) failSettle(settling, error)
      },
    )
  }
}
