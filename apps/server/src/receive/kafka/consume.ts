import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Admin, Consumer } from '@platformatic/kafka'
import type { Logger } from '../../log.ts'
import type { SpanRecord } from './record.ts'
import type { TakeRecords } from './records.ts'

/** How the brokers are reached. */
export interface KafkaAccess {
  /** `host:port` of bootstrap brokers. */
  readonly brokers: readonly string[]
  readonly tls: boolean
  /** Empty where there is no login. */
  readonly username: string
  readonly password: string
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
}

export interface ConsumeOptions extends KafkaAccess {
  readonly topics: readonly string[]
  readonly group: string
  readonly take: TakeRecords
  readonly log: Logger
  /** Told when records begin to come: what went wrong before is over. */
  readonly onJoined: () => void
}

/** Fetches stop while this many records wait to be taken; one fetch brings at most so many bytes. */
const bufferedRecords = 16
const fetchedBytes = 8 * 2 ** 20
/** What is taken at once, and committed at once. */
const batchRecords = 1_000
const batchBytes = 4 * 2 ** 20
/** A topic that does not exist yet is looked for this often. */
const lookAgainMs = 2_000
/** And whether a topic has more partitions by now, which the client does not notice, this often. */
const lookForPartitionsMs = 5_000
/** Leaving the group takes one round trip; brokers that do not answer are not waited for. */
const closeBoundMs = 2_000
/** Commits that fail in a row before the group is joined anew; a rebalance fails one or two. */
const mostFailedCommits = 5

/**
 * Consumes the topics until `signal` is aborted, or until one that was missing exists or one has more partitions, after
 * which this has to be called again. Offsets are committed once `take` has resolved for all before them, so that every record is
 * taken at least once, whenever the process dies. A group without offsets begins at the earliest record.
 *
 * @throws the client's error where the brokers do not answer or the stream breaks; no record is lost by it.
 */
export async function consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const { group, topics, log } = options
  // Loaded when it is needed: most servers read no topic.
  const { Admin, Consumer } = await import('@platformatic/kafka')
  const client = clientOptions(options)
  const admin = new Admin({ ...client, retries: 0 })
  const consumer: Consumer = new Consumer({
    ...client,
    groupId: group,
    autocommit: false,
    maxBytes: fetchedBytes,
    highWaterMark: bufferedRecords,
  })
  try {
    const missing = await unlessAborted(topicsMissing(admin, topics), signal)
    if (missing.length > 0) log.info({ topics: missing }, 'Kafka: waiting for topics that do not exist yet')
    const present = topics.filter(topic => !missing.includes(topic))
    const found = (until: AbortSignal) => untilOneExists(admin, missing, until)
    if (present.length === 0) return await found(signal)
    const partitions = await unlessAborted(partitionsOf(admin, present), signal)
    const grown = (until: AbortSignal) => untilPartitionsChange(admin, present, partitions, until)
    await consumeTopics(consumer, present, missing.length === 0 ? [grown] : [grown, found], options, signal)
  } finally {
    // A client that is still connecting would take its time.
    const closed = Promise.allSettled([consumer.close(true), admin.close()])
    await Promise.race([closed, delay(closeBoundMs, undefined, { ref: false })])
  }
}

function clientOptions({ brokers, tls, username, password, mechanism }: KafkaAccess) {
  return {
    clientId: 'waybill',
    bootstrapBrokers: [...brokers],
    ...(tls ? { tls: {}, tlsServerName: brokers.some(isNamed) } : {}),
    ...(username === '' ? {} : { sasl: { mechanism, username, password } }),
  }
}

/** The name that a broker is asked for by TLS may be no address (RFC 6066, section 3). */
function isNamed(broker: string): boolean {
  return isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0
}

async function consumeTopics(
  consumer: Consumer,
  topics: readonly string[],
  untilOver: readonly ((until: AbortSignal) => Promise<void>)[],
  { take, log, onJoined }: ConsumeOptions,
  signal: AbortSignal,
): Promise<void> {
  const joining = consumer.consume({ topics: [...topics], mode: 'committed', fallbackMode: 'earliest' })
  const stream = await unlessAborted(joining, signal)
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  const end = (): void => void stream.destroy()
  ended.addEventListener('abort', end)
  onJoined()
  const watches = untilOver.map(until =>
    until(ended).then(
      () => over.abort(),
      error => {
        if (!ended.aborted) stream.destroy(error as Error)
      },
    ),
  )
  const commit = committer(consumer, log)
  try {
    let batch: SpanRecord[] = []
    let bytes = 0
    for await (const message of stream) {
      batch.push(message)
      bytes += message.value?.length ?? 0
      if (stream.readableLength > 0 && batch.length < batchRecords && bytes < batchBytes) continue
      await take(batch, signal)
      await commit(batch)
      batch = []
      bytes = 0
    }
  } catch (error) {
    if (!ended.aborted) throw error
  } finally {
    ended.removeEventListener('abort', end)
    over.abort()
    await Promise.all(watches)
  }
}

/**
 * Makes the function that commits what lies behind the last record of each partition. A commit that a rebalance
 * refuses is not made up for: the partition's next owner gets those records again.
 *
 * @throws the client's error once several have failed in a row.
 */
function committer(consumer: Consumer, log: Logger): (batch: readonly SpanRecord[]) => Promise<void> {
  let failed = 0
  return async batch => {
    const last = new Map(batch.map(record => [`${record.topic}/${record.partition}`, record]))
    const offsets = [...last.values()]
      .filter(({ topic, partition }) => owns(consumer, topic, partition))
      .map(({ topic, partition, offset }) => ({ topic, partition, offset: offset + 1n, leaderEpoch: -1 }))
    if (offsets.length === 0) return
    try {
      await consumer.commit({ offsets })
      failed = 0
    } catch (error) {
      failed++
      if (failed >= mostFailedCommits) throw error
      log.warn({ err: error }, 'Kafka: a commit failed; its records may be taken twice')
    }
  }
}

/** Offsets of a partition that another member has by now are no longer ours to move. */
function owns(consumer: Consumer, topic: string, partition: number): boolean {
  return (consumer.assignments ?? []).some(
    assignment => assignment.topic === topic && assignment.partitions.includes(partition),
  )
}

/** The client's calls cannot be ended early; their outcome is not waited for once nobody wants it. */
async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  promise.catch(() => {})
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function topicsMissing(admin: Admin, topics: readonly string[]): Promise<readonly string[]> {
  const exist = new Set(await admin.listTopics())
  return topics.filter(topic => !exist.has(topic))
}

async function untilOneExists(admin: Admin, topics: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const missing = await unlessAborted(topicsMissing(admin, topics), signal)
    if (missing.length < topics.length) return
    await delay(lookAgainMs, undefined, { signal }).catch(() => {})
  }
}

/** The number of partitions of each topic. */
async function partitionsOf(admin: Admin, topics: readonly string[]): Promise<string> {
  const metadata = await admin.metadata({ topics: [...topics], forceUpdate: true })
  return topics.map(topic => metadata.topics.get(topic)?.partitionsCount ?? 0).join()
}

/** Brokers that do not answer this are the stream's to complain of. */
async function untilPartitionsChange(
  admin: Admin,
  topics: readonly string[],
  known: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await delay(lookForPartitionsMs, undefined, { signal }).catch(() => {})
    const now = await unlessAborted(partitionsOf(admin, topics), signal).catch(() => known)
    if (now !== known) return
  }
}
