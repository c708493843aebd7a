import { context as contexts, trace } from '@opentelemetry/api'
import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import { contextOf } from '../../scope.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import { guarded } from '../../warn.ts'
import type { ClientState, StateOf } from './client-state.ts'
import { groupOf } from './client-state.ts'
import type { Client, Consumer, Producer, TopicPartitionOffset } from './shapes.ts'
import { isConsumedMessage } from './shapes.ts'

type Commit = (this: Consumer, ...args: unknown[]) => unknown
type Callback = (error: unknown, ...more: unknown[]) => unknown

/**
 * `commit` and `commitSync` with a settle span for each topic. That of `commit`, which only tells librdkafka to
 * commit, ends when it has been told.
 */
export function tracedCommit(commit: Commit, stateOf: StateOf): Commit {
  return function (...args) {
    const settlings = start(this, stateOf, args[0])
    return whenSettled(
      () => commit.apply(this, args),
      () => settlings.forEach(endSettle),
      error => {
        for (const settling of settlings) failSettle(settling, error)
      },
    )
  }
}

/** `commitCb`, whose callback tells how it ended. */
export function tracedCommitBack(commit: Commit, stateOf: StateOf): Commit {
  return function (...args) {
    const [offsets, callback] = args
    if (typeof callback !== 'function') return commit.apply(this, args)
    const settlings = start(this, stateOf, offsets)
    return untilTold(settlings, callback as Callback, told => commit.call(this, offsets, told))
  }
}

type SendOffsets = (this: Producer, ...args: unknown[]) => unknown

/**
 * `sendOffsetsToTransaction`, by which a producer commits a consumer's offsets with what its transaction sends, with a
 * settle span for each topic: of the consumer's group, by the producer.
 */
export function tracedSendOffsets(sendOffsets: SendOffsets, stateOf: StateOf): SendOffsets {
  return function (...args) {
    const [offsets, consumer, timeout] = args
    const place = typeof timeout === 'function' ? 2 : 3
    const callback = args[place]
    if (typeof callback !== 'function') return sendOffsets.apply(this, args)
    const settlings = guarded('A commit could not be traced', () => {
      if (!Array.isArray(offsets) || !isClient(consumer)) return []
      return startSettlings({ routeTo: stateOf(this).routesOf(groupOf(consumer)) }, offsets)
    })
    return untilTold(settlings ?? [], callback as Callback, told => {
      const given = args.slice()
      given[place] = told
      return sendOffsets.apply(this, given)
    })
  }
}

function isClient(value: unknown): value is Client {
  return typeof value === 'object' && value !== null
}

/** Has settlements end before the callback runs that tells how, which has the caller's context. */
function untilTold(
  settlings: readonly Settling[],
  callback: Callback,
  commit: (told: Callback) => unknown,
): unknown {
  const told: Callback = (error, ...more) => {
    end(settlings, error)
    return callback(error, ...more)
  }
  try {
    return commit(contexts.bind(contexts.active(), told))
  } catch (error) {
    end(settlings, error)
    throw error
  }
}

/** `commitMessage` and `commitMessageSync`: the span belongs to the message's own. */
export function tracedCommitMessage(commit: Commit, stateOf: StateOf): Commit {
  return function (...args) {
    const [message] = args
    if (!isConsumedMessage(message)) return commit.apply(this, args)
    const settling = guarded('A commit could not be traced', () => {
      const { topic, partition, offset } = message
      const active = contexts.active()
      return startSettle(stateOf(this).routeTo(topic, partition), {
        name: 'commit',
        message: { headers: undefined, offset },
        parent: trace.getSpanContext(active) === undefined ? contextOf(message) : active,
      })
    })
    if (settling === undefined) return commit.apply(this, args)
    return whenSettled(
      () => commit.apply(this, args),
      () => endSettle(settling),
      error => failSettle(settling, error),
    )
  }
}

function end(settlings: readonly Settling[], error: unknown): void {
  guarded('The end of a commit could not be traced', () => {
    for (const settling of settlings) {
      if (error === null || error === undefined) endSettle(settling)
      else failSettle(settling, error)
    }
  })
}

function start(consumer: Consumer, stateOf: StateOf, offsets: unknown): readonly Settling[] {
  return (
    guarded('A commit could not be traced', () => {
      const places = placesOf(consumer, offsets)
      return startSettlings(stateOf(consumer), places)
    }) ?? []
  )
}

/** What is committed: a place, several, or by default all that the consumer has. */
function placesOf(consumer: Consumer, offsets: unknown): readonly TopicPartitionOffset[] {
  if (Array.isArray(offsets)) return offsets
  if (typeof offsets === 'object' && offsets !== null) return [offsets as TopicPartitionOffset]
  try {
    return consumer.assignments()
  } catch {
    // Not connected: the commit itself will say so.
    return []
  }
}

/** A settle span for each topic, that of a single partition with its place. */
export function startSettlings(
  state: Pick<ClientState, 'routeTo'>,
  places: readonly TopicPartitionOffset[],
): readonly Settling[] {
  const topics = new Map<string, TopicPartitionOffset[]>()
  for (const place of places) {
    const known = topics.get(place.topic)
    if (known === undefined) topics.set(place.topic, [place])
    else known.push(place)
  }
  return [...topics].map(([topic, [only, ...others]]) =>
    only === undefined || others.length > 0
      ? startSettle(state.routeTo(topic), { name: 'commit' })
      : startSettle(state.routeTo(topic, only.partition), {
          name: 'commit',
          message: lastHandled(only.offset),
        }),
  )
}

/** Kafka commits the offset of the message that comes next; what is settled is the one before it. */
function lastHandled(next: unknown): Message | undefined {
  const offset = wholeNumber(next)
  return offset === undefined || offset === 0 ? undefined : { headers: undefined, offset: offset - 1 }
}
