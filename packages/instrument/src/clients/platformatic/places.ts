import { wholeNumber } from '../../message.ts'
import type { ProducedOffset } from './shapes.ts'

/** Where a message lies, as far as the answer of the broker says. */
export interface Place {
  readonly partition: number
  readonly offset: number | undefined
}

/**
 * The partition and offset of every message of one topic, in the order they were sent. The client answers with one
 * base offset a partition; the broker counts on from it. `undefined` for a message that cannot be placed; and where
 * one cannot, the offsets of the others are not known either.
 *
 * @param partitionOf what is known about a message's partition; asked only where the answer names several.
 */
export function placeMessages<Message>(
  topic: string,
  messages: readonly Message[],
  answer: readonly ProducedOffset[],
  partitionOf: (message: Message) => number | undefined,
): readonly (Place | undefined)[] {
  const bases = new Map<number, number | undefined>()
  for (const entry of answer) if (entry.topic === topic) bases.set(entry.partition, wholeNumber(entry.offset))
  const [first, ...others] = bases.keys()
  if (first === undefined) return messages.map(() => undefined)
  const partitions = messages.map(message => (others.length === 0 ? first : partitionOf(message)))
  const isComplete = partitions.every(partition => partition !== undefined && bases.has(partition))
  const counts = new Map<number, number>()
  return partitions.map(partition => {
    if (partition === undefined || !bases.has(partition)) return undefined
    const count = counts.get(partition) ?? 0
    counts.set(partition, count + 1)
    const base = bases.get(partition)
    return { partition, offset: base === undefined || !isComplete ? undefined : base + count }
  })
}
