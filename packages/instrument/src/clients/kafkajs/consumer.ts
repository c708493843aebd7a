import { context as contexts } from '@opentelemetry/api'
import type { OpenBatch } from '../../batch.ts'
import { openBatch } from '../../batch.ts'
import type { Message } from '../../message.ts'
import { wholeNumber } from '../../message.ts'
import { whenSettled } from '../../outcome.ts'
import { handleMessage } from '../../process.ts'
import type { Route } from '../../route.ts'
import { kafkaRoutes } from '../../systems/kafka.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import type { PeerOf } from './cluster.ts'
import { tracedCommit } from './commit.ts'
import type { ConsumedMessage, Consumer, EachBatchPayload, EachMessagePayload, RunConfig } from './shapes.ts'

type RouteTo = (topic: string, partition?: number) => Route

/** A consumer that does what `consumer` does, with its handlers run in the spans of their messages. */
export function tracedConsumer(
  consumer: Consumer,
  tracing: MessagingTracing,
  peerOf: PeerOf,
  groupId: string | undefined,
): Consumer {
  const routes = kafkaRoutes(tracing, groupId)
  const routeTo: RouteTo = (topic, partition) => routes(topic, partition, peerOf(topic, partition))
  return Object.assign({}, consumer, {
    run: (config?: RunConfig) => consumer.run(tracedHandlers(routeTo, config)),
    ...(consumer.commitOffsets && { commitOffsets: tracedCommit(consumer.commitOffsets, routeTo) }),
  })
}

/** What `run` is given, with handlers in the spans of their messages; whatever else is in it stays. */
export function tracedHandlers(routeTo: RouteTo, config: RunConfig | undefined): RunConfig | undefined {
  if (config === undefined || config === null) return config
  const { eachMessage, eachBatch } = config
  return Object.assign(
    {},
    config,
    typeof eachMessage === 'function' && {
      eachMessage: (payload: EachMessagePayload) => runMessage(routeTo, payload, eachMessage),
    },
    typeof eachBatch === 'function' && {
      eachBatch: (payload: EachBatchPayload) => runBatch(routeTo, payload, eachBatch),
    },
  )
}

/** eachMessage: one process span, in scope while the handler runs. */
function runMessage(
  routeTo: RouteTo,
  payload: EachMessagePayload,
  handler: (payload: EachMessagePayload) => unknown,
): unknown {
  const { topic, partition, message } = payload
  const route = guarded('A message could not be traced', () => routeTo(topic, partition))
  return route === undefined
    ? handler(payload)
    : handleMessage(route, described(message), () => handler(payload))
}

/**
 * eachBatch: a poll span around the handler, and a process span for each message, which is in scope wherever
 * the handler runs the message in it. Resolving an offset ends the spans up to it.
 */
function runBatch(
  routeTo: RouteTo,
  payload: EachBatchPayload,
  handler: (payload: EachBatchPayload) => unknown,
): unknown {
  const batch = guarded('A batch could not be traced', () => {
    const { topic, partition, messages, highWatermark } = payload.batch
    const described = messages.map((message, position) => inBatch(message, position, highWatermark))
    return openBatch(routeTo(topic, partition), described)
  })
  if (batch === undefined) return handler(payload)
  return whenSettled(
    () => contexts.with(batch.context, () => handler(settlingPayload(payload, batch))),
    () => batch.end(),
    error => batch.fail(error),
  )
}

/** The payload with a resolveOffset that tells us too. The batch itself is the client's own object. */
function settlingPayload(payload: EachBatchPayload, batch: OpenBatch): EachBatchPayload {
  const { messages } = payload.batch
  let settled = 0
  const settle = (offset: unknown): void => {
    const upTo = wholeNumber(offset)
    if (upTo === undefined) return
    while (settled < messages.length && Number(messages[settled]?.offset) <= upTo) settled++
    batch.settleFirst(settled)
  }
  return Object.assign({}, payload, {
    resolveOffset: (offset: string, ...more: readonly unknown[]) => {
      payload.resolveOffset(offset, ...more)
      guarded('A resolved offset could not be traced', () => settle(offset))
    },
  })
}

function described(message: ConsumedMessage): Message {
  return {
    headers: message.headers,
    original: message,
    key: message.key,
    value: message.value,
    offset: message.offset,
    timestampMs: message.timestamp,
  }
}

function inBatch(message: ConsumedMessage, position: number, highWatermark: unknown): Message {
  return {
    headers: message.headers,
    original: message,
    key: message.key,
    value: message.value,
    offset: message.offset,
    timestampMs: message.timestamp,
    position,
    highWatermark,
  }
}
