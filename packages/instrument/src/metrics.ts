import type { Attributes, Counter, Histogram, MeterProvider } from '@opentelemetry/api'
import { createNoopMeter, metrics } from '@opentelemetry/api'
import { scopeName, scopeVersion } from './tracing.ts'

/** Conventions 1.44, messaging metrics, in seconds. */
const durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Messages wait longer than operations take. */
const waitBoundaries = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400]

/**
 * The instruments of the conventions and ours.
 *
 *   messaging.client.operation.duration   histogram, s          create, send, receive, settle
 *   messaging.process.duration            histogram, s
 *   messaging.client.sent.messages        counter, {message}
 *   messaging.client.consumed.messages    counter, {message}
 *   waybill.message.queue.duration        histogram, s          from the record's timestamp to its processing
 *   waybill.path.duration                 histogram, s          from the first send of a message's way, by path
 */
export interface Instruments {
  readonly operationDuration: Histogram
  readonly processDuration: Histogram
  readonly sentMessages: Counter
  readonly consumedMessages: Counter
  readonly queueDuration: Histogram
  readonly pathDuration: Histogram
}

let chosen: MeterProvider | undefined
let seen: MeterProvider | undefined
let current: Instruments | undefined

/** Has everything measured by this provider; where it is undefined, by the one that is registered. */
export function measureBy(provider: MeterProvider | undefined): void {
  chosen = provider
}

/**
 * The instruments of the meter provider that is chosen or registered now; undefined where there is none, so that
 * nothing is timed for nobody.
 */
export function instruments(): Instruments | undefined {
  const provider = chosen ?? metrics.getMeterProvider()
  if (provider === seen) return current
  seen = provider
  const meter = provider.getMeter(scopeName, scopeVersion)
  if (meter === createNoopMeter()) {
    current = undefined
    return undefined
  }
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } })
  const messages = (name: string, description: string): Counter =>
    meter.createCounter(name, { unit: '{message}', description })
  current = {
    operationDuration: seconds(
      'messaging.client.operation.duration',
      'How long sending, receiving or settling took',
      durationBoundaries,
    ),
    processDuration: seconds('messaging.process.duration', 'How long processing took', durationBoundaries),
    sentMessages: messages('messaging.client.sent.messages', 'Messages that were tried to be sent'),
    consumedMessages: messages('messaging.client.consumed.messages', 'Messages that were delivered'),
    queueDuration: seconds(
      'waybill.message.queue.duration',
      'How long a message waited, from its timestamp to its processing',
      waitBoundaries,
    ),
    pathDuration: seconds(
      'waybill.path.duration',
      'How long a message and those before it were under way, by path',
      waitBoundaries,
    ),
  }
  return current
}

/** Attributes with the failure's type among them, if there was one. */
export function withErrorType(attributes: Attributes, errorType: string | undefined): Attributes {
  return errorType === undefined ? attributes : Object.assign({}, attributes, { 'error.type': errorType })
}

/** Seconds since a time that `performance.now()` gave. */
export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000
}
