import { ROOT_CONTEXT } from '@opentelemetry/api'
import type { OpenBatch } from '../../batch.ts'
import { openBatch } from '../../batch.ts'
import { readContext } from '../../headers.ts'
import { addPeer, addRecord, offsetNumber, operationAttributes } from '../../kafka.ts'
import { endProcess, failProcess, runInContext, startProcess } from '../../process.ts'
import { keepScope } from '../../scope.ts'
import type { MessagingTracing } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import type { PeerOf } from './cluster.ts'
import type { ConsumedMessage, Consumer, EachBatchPayload, EachMessagePayload, RunConfig } from './shapes.ts'

/** What the handlers of one consumer share. */
interface Consuming {
  readonly tracing: MessagingTracing
  readonly peerOf: PeerOf
  readonly groupId: string | undefined
}

/** A consumer that does what `consumer` does, with its handlers run in the spans of their messages. */
export function tracedConsumer(
  consumer: Consumer,
  tracing: MessagingTracing,
  peerOf: PeerOf,
  groupId: string | undefined,
): Consumer {
  const consuming: Consuming = { tracing, peerOf, groupId }
  return Object.assign({}, consumer, {
    run: (config?: RunConfig) => consumer.run(tracedHandlers(consuming, config)),
  })
}

function tracedHandlers(consuming: Consuming, config: RunConfig | undefined): RunConfig | undefined {
  if (config === undefined || config === null) return config
  const { eachMessage, eachBatch } = config
  return Object.assign(
    {},
    config,
    typeof eachMessage === 'function' && {
      eachMessage: (payload: EachMessagePayload) => runMessage(consuming, payload, eachMessage),
    },
    typeof eachBatch === 'function' && {
      eachBatch: (payload: EachBatchPayload) => runBatch(consuming, payload, eachBatch),
    },
  )
}

/** eachMessage: one process span, in scope while the handler runs. */
function runMessage(
  consuming: Consuming,
  payload: EachMessagePayload,
  handler: (payload: EachMessagePayload) => unknown,
): unknown {
  const processing = guarded('A message could not be traced', () => {
    const { tracing } = consuming
    const { topic, partition, message } = payload
    const ruling = tracing.rules('process', topic)
    const carried = readContext(ROOT_CONTEXT, message.headers)
    const attributes = messageAttributes(consuming, topic, ruling.template, partition, message)
    const started = startProcess(tracing, ruling, attributes, carried)
    keepScope(message, {
      context: () => started.context,
      run: inner => runInContext(started.context, inner, ignore, ignore),
    })
    return started
  })
  if (processing === undefined) return handler(payload)
  return runInContext(
    processing.context,
    () => handler(payload),
    () => endProcess(processing),
    error => failProcess(processing, error),
  )
}

/**
 * eachBatch: a poll span around the handler, and a process span for each message, which is in scope wherever
 * the handler runs the message in it. Resolving an offset ends the spans up to it.
 */
function runBatch(
  consuming: Consuming,
  payload: EachBatchPayload,
  handler: (payload: EachBatchPayload) => unknown,
): unknown {
  const batch = guarded('A batch could not be traced', () => open(consuming, payload))
  if (batch === undefined) return handler(payload)
  return runInContext(
    batch.context,
    () => handler(settlingPayload(payload, batch)),
    () => batch.end(),
    error => batch.fail(error),
  )
}

function open(consuming: Consuming, payload: EachBatchPayload): OpenBatch {
  const { tracing, peerOf, groupId } = consuming
  const { topic, partition, messages } = payload.batch
  const { template } = tracing.rules('process', topic)
  const batchAttributes = addPeer(
    operationAttributes('receive', topic, tracing.rules('receive', topic).template, partition),
    peerOf(topic, partition),
    groupId,
  )
  batchAttributes['messaging.batch.message_count'] = messages.length
  return openBatch(tracing, {
    destination: topic,
    messages,
    batchAttributes,
    headersOf: message => message.headers,
    attributesOf: message => messageAttributes(consuming, topic, template, partition, message),
    linkAttributesOf: message => addRecord({}, message),
  })
}

/** The payload with a resolveOffset that tells us too. The batch itself is the client's own object. */
function settlingPayload(payload: EachBatchPayload, batch: OpenBatch): EachBatchPayload {
  const { messages } = payload.batch
  let settled = 0
  const settle = (offset: unknown): void => {
    const upTo = offsetNumber(offset)
    if (upTo === undefined) return
    while (settled < messages.length && Number(messages[settled]?.offset) <= upTo) settled++
    batch.settleFirst(settled)
  }
  return Object.assign({}, payload, {
    resolveOffset: (offset: string) => {
      payload.resolveOffset(offset)
      guarded('A resolved offset could not be traced', () => settle(offset))
    },
  })
}

function messageAttributes(
  { peerOf, groupId }: Consuming,
  topic: string,
  template: string | undefined,
  partition: number,
  message: ConsumedMessage,
) {
  const attributes = operationAttributes('process', topic, template, partition)
  addRecord(attributes, message)
  return addPeer(attributes, peerOf(topic, partition), groupId)
}

function ignore(): void {}
