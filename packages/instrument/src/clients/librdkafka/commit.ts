import { context as contexts, trace } from '@opentelemetry/api'
import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import { contextOf } from '../../scope.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import { guarded } from '../../warn.ts'
import type { ClientState, StateOf } from './client-state.ts'
import type { Consumer, TopicPartitionOffset } from './shapes.ts'
import { isConsumedMessage } from './shapes.ts'

type Commit = (this: Consumer, ...args: unknown[]) => unknown

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
    const told = contexts.bind(contexts.active(), (error: unknown, ...more: unknown[]) => {
      end(settlings, error)
      return callback(error, ...more)
    })
    try {
      return commit.call(this, offsets, told)
    } catch (error) {
      end(settlings, error)
      throw error
    }
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
  state: ClientState,
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
