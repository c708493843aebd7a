import { createRequire } from 'node:module'
import { wholeNumber } from '../../message.ts'
import type { PartitionerFactory, RecordMetadata } from './shapes.ts'

/**
 * Where our copies of messages remember the partition that the client's partitioner gave them. kafkajs answers
 * a send with one base offset a partition; which message went where only its partitioner knows.
 */
export const assigned = Symbol('waybill.partition')

const unassigned = -1
/** The partitioner was asked again after a failed try and said another partition: either may hold the message. */
const ambiguous = -2

/** Where our copies keep the message that they are copies of: a partitioner may read whatever that has. */
export const copied = Symbol('waybill.copied')

/** What a message starts with under {@link assigned}. */
export const notYetAssigned: number = unassigned

interface Assignable {
  [assigned]?: number
  readonly [copied]?: object
}

/**
 * A partitioner that decides as `create`'s does, and leaves its decision on the messages that are our copies.
 *
 * @param isApplications whether it may look at more than the client's own, which keys are enough for.
 */
export function rememberingPartitioner(
  create: PartitionerFactory,
  isApplications = false,
): PartitionerFactory {
  return () => {
    const partitionOf = create()
    return input => {
      const message = input.message as Assignable
      const given = isApplications ? message[copied] : undefined
      const partition = partitionOf(given === undefined ? input : { ...input, message: given })
      const before = message[assigned]
      if (before === unassigned) message[assigned] = partition
      else if (before !== undefined && before !== partition) message[assigned] = ambiguous
      return partition
    }
  }
}

/** Where a message lies, as far as the answer of the broker says. */
export interface Coordinates {
  readonly partition: number
  readonly offset: number | undefined
}

/**
 * The partition and offset of every message of one topic, in the order they were sent: the broker gives a
 * batch consecutive offsets from its base offset. `undefined` for a message that cannot be placed.
 */
export function placeMessages(
  topic: string,
  messages: readonly object[],
  answer: readonly RecordMetadata[],
): readonly (Coordinates | undefined)[] {
  const [first] = answer
  if (answer.length === 1 && first?.topicName === topic && typeof first.partition === 'number')
    return placesFrom(first.partition, wholeNumber(first.baseOffset), messages.length)
  const bases = new Map<number, number | undefined>()
  for (const entry of answer) {
    if (entry.topicName === topic && typeof entry.partition === 'number')
      bases.set(entry.partition, wholeNumber(entry.baseOffset))
  }
  const only = bases.size === 1 ? [...bases.keys()][0] : undefined
  const places = messages.map(message => only ?? (message as Assignable)[assigned] ?? unassigned)
  const countable = only !== undefined || places.every(partition => partition >= 0)
  const counts = new Map<number, number>()
  return places.map(partition => {
    if (partition < 0) return undefined
    const count = counts.get(partition) ?? 0
    counts.set(partition, count + 1)
    const base = bases.get(partition)
    return { partition, offset: base === undefined || !countable ? undefined : base + count }
  })
}

/** All messages of a batch, where they went to one partition. */
function placesFrom(partition: number, base: number | undefined, count: number): readonly Coordinates[] {
  const places: Coordinates[] = []
  for (let index = 0; index < count; index++)
    places.push({ partition, offset: base === undefined ? undefined : base + index })
  return places
}

/**
 * The partitioner that kafkajs uses where the application names none, found among the modules that are loaded:
 * kafkajs is no dependency of ours, and only its main module gives it out. Undefined in a bundle.
 */
export function defaultPartitioner(kafka: object): PartitionerFactory | undefined {
  const { cache } = createRequire(import.meta.url)
  for (const path in cache) {
    if (!/[\\/]kafkajs[\\/]index\.js$/.test(path)) continue
    const exports: unknown = cache[path]?.exports
    if (isKafkajs(exports) && kafka instanceof exports.Kafka) return exports.Partitioners?.DefaultPartitioner
  }
  return undefined
}

/** kafkajs's main module. */
export interface KafkajsModule {
  readonly Kafka: new (config: never) => object
  readonly Partitioners?: { readonly DefaultPartitioner?: PartitionerFactory }
}

export function isKafkajs(exports: unknown): exports is KafkajsModule {
  return (
    typeof exports === 'object' &&
    exports !== null &&
    'Kafka' in exports &&
    typeof exports.Kafka === 'function' &&
    typeof exports.Kafka.prototype?.producer === 'function' &&
    // Confluent's client has a module of the same path and names, whose Kafka gives out no logger.
    typeof exports.Kafka.prototype.logger === 'function'
  )
}
