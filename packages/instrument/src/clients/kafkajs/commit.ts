import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import type { Route } from '../../route.ts'
import type { Settling } from '../../settle.ts'
import { endSettle, failSettle, startSettle } from '../../settle.ts'
import { guarded } from '../../warn.ts'
import type { CommitOffsets, SendOffsets, TopicPartitionOffset, TransactionOffsets } from './shapes.ts'

/**
 * What `commitOffsets` does, with a settle span for each topic: a commit that the application asks for, which
 * belongs to what it is doing. Those that kafkajs makes by itself belong to no message and have none.
 */
export function tracedCommit(
  commit: CommitOffsets,
  routeTo: (topic: string, partition?: number) => Route,
): CommitOffsets {
  return offsets => {
    const settlings = guarded('A commit could not be traced', () => startAll(offsets, routeTo)) ?? []
    return whenSettled(
      () => commit(offsets),
      () => {
        for (const settling of settlings) endSettle(settling)
      },
      error => {
        for (const settling of settlings) failSettle(settling, error)
      },
    )
  }
}

/** A transaction's `sendOffsets`, by which a consumer's offsets are committed with what the transaction sends. */
export function tracedSendOffsets(
  sendOffsets: SendOffsets,
  routeTo: (group: string | undefined, topic: string, partition?: number) => Route,
): SendOffsets {
  return given => {
    const places = guarded('A commit could not be traced', () => placesOf(given)) ?? []
    const group = guarded('A commit could not be traced', () => given.consumerGroupId)
    return tracedCommit(
      () => sendOffsets(given),
      (topic, partition) => routeTo(group, topic, partition),
    )(places)
  }
}

function placesOf({ topics }: TransactionOffsets): readonly TopicPartitionOffset[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
  )
}

function startAll(
  offsets: readonly TopicPartitionOffset[],
  routeTo: (topic: string, partition?: number) => Route,
): readonly Settling[] {
  const topics = new Map<string, TopicPartitionOffset[]>()
  for (const offset of offsets) topics.set(offset.topic, [...(topics.get(offset.topic) ?? []), offset])
  return [...topics].map(([topic, places]) => {
    const [only, ...others] = places
    if (only === undefined || others.length > 0) return startSettle(routeTo(topic), { name: 'commit' })
    return startSettle(routeTo(topic, only.partition), { name: 'commit', message: lastHandled(only.offset) })
  })
}

/** Kafka commits the offset of the message that comes next; what is settled is the one before it. */
function lastHandled(next: unknown): Message | undefined {
  const offset = wholeNumber(next)
  return offset === undefined || offset === 0 ? undefined : { headers: undefined, offset: offset - 1 }
}
