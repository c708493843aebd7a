import { setTimeout as delay } from 'node:timers/promises'
import type { Listening } from '../../listen.ts'
import type { ReceiverOptions } from '../receiver.ts'
import type { KafkaAccess } from './consume.ts'
import { consume } from './consume.ts'
import { recordQuarantine } from './quarantine.ts'
import { takeRecordsWith } from './records.ts'

export interface KafkaReceiverOptions
  extends Omit<ReceiverOptions, 'host' | 'port' | 'setting'>,
    KafkaAccess {
  readonly topics: readonly string[]
  readonly group: string
  /** Where records go that can never be taken. */
  readonly quarantineDir: string
}

/** After a failure the brokers are tried again this soon, then after twice the time, each time. */
const firstWaitMs = 500
const longestWaitMs = 30_000

/**
 * Takes spans from topics of Kafka, in any encoding that is told from its bytes, at least once: offsets are
 * committed after the spool has the spans. Brokers that do not answer, now or later, are tried again for as long
 * as the server runs, since a start must not hang on them.
 */
export function startKafkaReceiver(options: KafkaReceiverOptions): Listening {
  const { name, purpose, brokers, topics, log, quarantineDir } = options
  const take = takeRecordsWith({ ...options, quarantine: recordQuarantine(quarantineDir, log) })
  const stopping = new AbortController()
  const running = consumeForever(options, stopping.signal, take)
  return {
    name,
    purpose,
    url: `kafka://${brokers.join(',')}/${topics.join(',')}`,
    close: () => {
      stopping.abort()
      return running
    },
  }
}

async function consumeForever(
  options: KafkaReceiverOptions,
  signal: AbortSignal,
  take: ReturnType<typeof takeRecordsWith>,
): Promise<void> {
  const { log } = options
  let waitMs = firstWaitMs
  const onJoined = (): void => {
    waitMs = firstWaitMs
  }
  while (!signal.aborted)
    try {
      await consume({ ...options, take, onJoined }, signal)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ againInMs: waitMs }, `Kafka: reading spans failed: ${causesOf(error).join(': ')}`)
      await delay(waitMs, undefined, { signal }).catch(() => {})
      waitMs = Math.min(waitMs * 2, longestWaitMs)
    }
}

/** What an error says, and what those inside it say: the outermost alone seldom names the fault. */
function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  const inner =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  return [...new Set([error.message.replace(/\.$/, ''), ...inner.flatMap(causesOf)])]
}
