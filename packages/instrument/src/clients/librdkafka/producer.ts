import { context as contexts } from '@opentelemetry/api'
import type { MessageHeaders } from '../../headers.ts'
import type { Sending } from '../../send.ts'
import { endSend, failSend, startSend } from '../../send.ts'
import { guarded } from '../../warn.ts'
import type { ClientState, StateOf } from './client-state.ts'
import { tracedSendOffsets } from './commit.ts'
import { Envelope, Written } from './envelope.ts'
import type { Wrappers } from './methods.ts'
import type { DeliveryReport, Produce, Producer } from './shapes.ts'
import { takeWriter } from './write-stream.ts'

type Emit = (this: Producer, event: string | symbol, ...args: unknown[]) => boolean

/**
 * What a producer's prototype or instance gets. A HighLevelProducer's `produce` calls the one that it found when it
 * was made, which instances keep as `_oldProduce`.
 */
export const producerMethods: Wrappers<StateOf> = {
  produce: tracedProduce,
  emit: tracedReports,
  sendOffsetsToTransaction: tracedSendOffsets,
}
export const highLevelProducerMethods: Wrappers<StateOf> = {
  _oldProduce: tracedProduce,
  emit: tracedReports,
  sendOffsetsToTransaction: tracedSendOffsets,
}

/**
 * `produce` with a span for the message. The span ends with the delivery report where the producer was asked for
 * reports (`dr_cb`, `dr_msg_cb`, HighLevelProducer), else when librdkafka has taken the message into its queue.
 */
function tracedProduce(produce: Produce, stateOf: StateOf): Produce {
  return function (topic, partition, value, key, timestamp, given, headers) {
    const opaque = given instanceof Written ? given.opaque : given
    const sender = given instanceof Written ? given.writer : (takeWriter(value) ?? contexts.active())
    const place = placeOf(this, partition)
    const state = guarded('A producer could not be traced', () => stateOf(this))
    const sending =
      state === undefined || typeof topic !== 'string'
        ? undefined
        : guarded('A message could not be traced', () =>
            contexts.with(sender, start, undefined, state, topic, place, headers, key, value),
          )
    if (state === undefined || sending === undefined)
      return produce.call(this, topic, partition, value, key, timestamp, opaque, headers)
    const reported = this._cb_configs?.event?.delivery_cb === undefined ? undefined : sending
    const envelope = reported && new Envelope(opaque, reported, sender)
    let result: unknown
    try {
      const passed = envelope ?? opaque
      const copy = ourFirst(headers, sending.headers)
      result = produce.call(this, topic, partition, sending.value, key, timestamp, passed, copy)
    } catch (error) {
      guarded('The end of a send could not be traced', () => failSend(sending, error))
      throw error
    }
    if (envelope !== undefined) state.pending.add(envelope)
    else guarded('The end of a send could not be traced', () => endSend(sending))
    return result
  }
}

function start(
  state: ClientState,
  topic: string,
  partition: number | undefined,
  headers: unknown,
  key: unknown,
  value: unknown,
): Sending {
  const message = { headers: headers as MessageHeaders | null | undefined, key, value }
  return startSend(state.routeTo(topic, partition), message, state.call, 'singles')
}

/**
 * The copy of a message's headers with what we added before what was there: Confluent's addon forgets that it has
 * refused a header when a good one follows.
 */
function ourFirst(given: unknown, copy: MessageHeaders): MessageHeaders {
  if (!Array.isArray(given) || !Array.isArray(copy) || given.length === 0) return copy
  const kept = new Set<unknown>(given)
  const added = copy.filter(header => !kept.has(header))
  return [...added, ...copy.filter(header => kept.has(header))]
}

/** The partition, where the application says it. */
function placeOf(producer: Producer, partition: unknown): number | undefined {
  const place = partition ?? producer.defaultPartition
  return typeof place === 'number' && place >= 0 ? place : undefined
}

/** `emit` that ends spans by their delivery reports, and calls listeners for them in the sender's context. */
function tracedReports(emit: Emit, stateOf: StateOf): Emit {
  return function (event, ...args) {
    if (event === 'delivery-report') {
      const report = args[1] as DeliveryReport | undefined
      const envelope = report?.opaque
      if (envelope instanceof Envelope && report !== undefined) {
        guarded('A delivery report could not be traced', () =>
          settle(stateOf(this), args[0], report, envelope),
        )
        return contexts.with(envelope.sender, () => emit.call(this, event, ...args))
      }
    }
    if (event === 'disconnected')
      guarded('The end of a producer could not be traced', () => failPending(stateOf(this)))
    return emit.call(this, event, ...args)
  }
}

function settle(state: ClientState, error: unknown, report: DeliveryReport, envelope: Envelope): void {
  if (envelope.opaque === undefined) delete report.opaque
  else report.opaque = envelope.opaque
  // Confluent's client may refuse a message by an error (a header that is no text) and send it nevertheless.
  if (!state.pending.delete(envelope)) return
  const { sending } = envelope
  if (error !== null && error !== undefined) {
    failSend(sending, reportedError(error))
    return
  }
  const { topic, partition, offset } = report
  // Without acknowledgements (acks: 0) nobody knows the offset.
  endSend(sending, { route: state.routeTo(topic, partition), offset: offset >= 0 ? offset : undefined })
}

/** librdkafka's text for ERR__UNSUPPORTED_FEATURE, and the code. */
const unsupported = { message: 'Local: Required feature not supported by broker', code: -165 }
const unknownCode = -1

/** What a report's error means: the addon gives its text only, and the client makes it one of an unknown code. */
function reportedError(error: unknown): unknown {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== unknownCode) return error
  const code = error.message === unsupported.message ? unsupported.code : undefined
  return Object.create(error, { code: { value: code } })
}

function failPending({ pending }: ClientState): void {
  for (const { sending } of pending)
    failSend(sending, new Error('The producer was disconnected before a delivery report came'))
  pending.clear()
}

/** Runs what produces several messages in one call. */
export function withCall<Result>(state: ClientState, call: ClientState['call'], run: () => Result): Result {
  state.call = call
  try {
    return run()
  } finally {
    state.call = undefined
  }
}
