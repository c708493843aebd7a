import type { SpanContext } from '@opentelemetry/api'
import { parseTraceparent } from './formats/w3c.ts'
import type { MessageHeaders } from './headers.ts'
import { headerOf, rawHeaderOf } from './headers.ts'
import type { AttributeSink, Message } from './message.ts'
import { wholeNumber } from './message.ts'

/*
 * What the conventions have no name for, in a namespace of our own:
 *
 *   waybill.message.queue_duration       double   seconds from the record's timestamp to now
 *   waybill.message.attempt              int      which delivery this is, from 2 on: the first has no attribute
 *   waybill.message.lag                  int      Kafka: high watermark - offset, when it was received
 *   waybill.batch.position               int      from 0
 *   waybill.dead_letter.destination      string   where the message died: a topic, a queue
 *   waybill.dead_letter.partition        string   Kafka
 *   waybill.dead_letter.offset           int      Kafka
 *   waybill.dead_letter.reason           string   RabbitMQ's reason (rejected, expired, …), or the error's type
 */

/** Headers that retries and dead letters of ours carry, as text. */
export const deliveryHeaders = {
  attempt: 'waybill-attempt',
  destination: 'waybill-dead-letter-destination',
  partition: 'waybill-dead-letter-partition',
  offset: 'waybill-dead-letter-offset',
  reason: 'waybill-dead-letter-reason',
  message: 'waybill-dead-letter-message',
  /** The span of the first try that failed, as a traceparent, which no later hop replaces. */
  firstAttempt: 'waybill-first-attempt',
} as const

/** Where a message died that was then forwarded or dead-lettered. */
export interface DeadLetterOrigin {
  readonly destination: string
  readonly partition?: string | undefined
  readonly offset?: number | undefined
  readonly reason?: string | undefined
}

/** Adds how a message came here: how long it waited, for which time, from where. */
export function addDelivery(sink: AttributeSink, message: Message): void {
  const { timestampMs, position, headers } = message
  const queuedMs = queuedMsOf(timestampMs)
  if (queuedMs !== undefined) sink.setAttribute('waybill.message.queue_duration', queuedMs / 1000)
  if (position !== undefined) sink.setAttribute('waybill.batch.position', position)
  const lag = lagOf(message)
  if (lag !== undefined) sink.setAttribute('waybill.message.lag', lag)
  if (!isMarked(headers) && message.isRedelivered !== true) return
  const attempt = attemptOf(message)
  if (attempt !== undefined) sink.setAttribute('waybill.message.attempt', attempt)
  const origin = deadLetterOriginOf(headers)
  if (origin === undefined) return
  sink.setAttribute('waybill.dead_letter.destination', origin.destination)
  if (origin.partition !== undefined) sink.setAttribute('waybill.dead_letter.partition', origin.partition)
  if (origin.offset !== undefined) sink.setAttribute('waybill.dead_letter.offset', origin.offset)
  if (origin.reason !== undefined) sink.setAttribute('waybill.dead_letter.reason', origin.reason)
}

/** Milliseconds since a record's timestamp; negative where the clocks of two machines disagree. */
export function queuedMsOf(timestampMs: unknown): number | undefined {
  const sentMs = wholeNumber(timestampMs)
  return sentMs === undefined || sentMs === 0 ? undefined : Date.now() - sentMs
}

function lagOf({ highWatermark, offset }: Message): number | undefined {
  const high = wholeNumber(highWatermark)
  const own = wholeNumber(offset)
  return high === undefined || own === undefined || high < own ? undefined : high - own
}

/**
 * Which delivery of the message this is, where it is known not to be the first: by the header of our retries, by
 * RabbitMQ's x-delivery-count (quorum queues), x-death, or its redelivered flag.
 */
export function attemptOf({ headers, isRedelivered }: Message): number | undefined {
  let attempt = isRedelivered === true ? 2 : 1
  if (isMarked(headers)) {
    const own = Number(headerOf(headers, deliveryHeaders.attempt))
    if (Number.isSafeInteger(own) && own > attempt) attempt = own
    const delivered = wholeNumber(rawHeaderOf(headers, 'x-delivery-count'))
    if (delivered !== undefined && delivered + 1 > attempt) attempt = delivered + 1
    for (const { reason, count } of deathsOf(headers)) {
      // What expired in a queue that delays was not tried there.
      const failures = reason === 'rejected' || reason === 'delivery_limit' ? (wholeNumber(count) ?? 1) : 0
      if (failures + 1 > attempt) attempt = failures + 1
    }
  }
  return attempt === 1 ? undefined : attempt
}

/** Where a message died: by our own headers, RabbitMQ's x-death (its last entry is the first death), or Spring Kafka's. */
export function deadLetterOriginOf(headers: MessageHeaders | null | undefined): DeadLetterOrigin | undefined {
  if (!isMarked(headers)) return undefined
  const destination = headerOf(headers, deliveryHeaders.destination)
  if (destination !== undefined) {
    return {
      destination,
      partition: headerOf(headers, deliveryHeaders.partition),
      offset: wholeNumber(headerOf(headers, deliveryHeaders.offset)),
      reason: headerOf(headers, deliveryHeaders.reason),
    }
  }
  const deaths = deathsOf(headers)
  const first = deaths[deaths.length - 1]
  if (first !== undefined && typeof first.queue === 'string')
    return { destination: first.queue, reason: typeof first.reason === 'string' ? first.reason : undefined }
  const spring = headerOf(headers, 'kafka_dlt-original-topic')
  return spring === undefined
    ? undefined
    : { destination: spring, reason: headerOf(headers, 'kafka_dlt-exception-fqcn') }
}

/** The span of the first try that failed, where a retry or a dead letter of ours says it. */
export function firstAttemptOf(headers: MessageHeaders | null | undefined): SpanContext | undefined {
  return isMarked(headers) ? parseTraceparent(headerOf(headers, deliveryHeaders.firstAttempt)) : undefined
}

interface Death {
  readonly queue?: unknown
  readonly reason?: unknown
  readonly count?: unknown
}

/** RabbitMQ's x-death: a list of tables, the newest first. A client that gives something else gives none. */
function deathsOf(headers: MessageHeaders): readonly Death[] {
  const deaths = rawHeaderOf(headers, 'x-death')
  if (!Array.isArray(deaths)) return []
  return deaths.filter((death): death is Death => typeof death === 'object' && death !== null)
}

/**
 * Whether any of the headers may be one of those that are read here. Most messages have none of them, and one look at
 * the names costs less than asking for each.
 */
function isMarked(headers: MessageHeaders | null | undefined): headers is MessageHeaders {
  if (typeof headers !== 'object' || headers === null) return false
  if (Array.isArray(headers) || headers instanceof Map) return true
  for (const name in headers) if (isMark(name)) return true
  return false
}

function isMark(name: string): boolean {
  switch (name.charCodeAt(0)) {
    case letterW:
      return name.startsWith('waybill-')
    case letterX:
      return name === 'x-death' || name === 'x-delivery-count'
    case letterK:
      return name.startsWith('kafka_dlt-')
    default:
      return false
  }
}

const [letterW, letterX, letterK] = [119, 120, 107]
