import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TraceId } from '@waybill/model'
import type { OpenedTrace } from '../each-trace.ts'
import { readEachTrace } from '../each-trace.ts'
import { jsonItems } from '../json-stream.ts'
import type { TraceSource } from './adjusted-traces.ts'
import { piecesOf } from './adjusted-traces.ts'
import type { LegacyError } from './envelope.ts'
import { envelopeEnd } from './envelope.ts'
import { otlpTraces } from './otlp-traces.ts'
import { jaegerTraceId } from './trace-id.ts'
import { legacyReader } from './trace-model.ts'

/** What one answer is made of. */
export interface Answered {
  readonly source: TraceSource
  /** As it is stored. */
  readonly isRaw: boolean
}

/** A trace of any size in the envelope of Jaeger's legacy API, written as its spans are read. */
export async function* legacyTraceText(reading: OpenedTrace, answered: Answered): AsyncGenerator<string> {
  yield '{"data":['
  yield* legacyText(reading, answered)
  yield `]${envelopeEnd({ total: 0, limit: 0, offset: 0, errors: null })}`
}

/** Traces by their ids, in that order. @param namesMissing whether those that are not stored are named in `errors`. */
export async function* legacyTracesText(
  traceIds: readonly TraceId[],
  namesMissing: boolean,
  answered: Answered,
): AsyncGenerator<string> {
  const missing: LegacyError[] = []
  let separator = '{"data":['
  let place = 0
  for await (const reading of readEachTrace(answered.source.queries, traceIds)) {
    const traceId = traceIds[place++]
    if (reading !== undefined) {
      yield separator
      yield* legacyText(reading, answered)
      separator = ','
    } else if (traceId !== undefined)
      missing.push({ msg: 'trace not found', traceID: jaegerTraceId(traceId) })
  }
  const errors = namesMissing && missing.length > 0 ? missing : null
  yield `${separator === ',' ? '' : separator}]${envelopeEnd({ total: 0, limit: 0, offset: 0, errors })}`
}

async function* legacyText(reading: OpenedTrace, { source, isRaw }: Answered): AsyncGenerator<string> {
  const { processes, readSpans } = legacyReader()
  yield `{"traceID":${JSON.stringify(jaegerTraceId(reading.traceId))},"spans":[`
  let hasSpans = false
  for await (const piece of piecesOf(source, reading, isRaw)) {
    yield* jsonItems(readSpans(piece), hasSpans)
    hasSpans = true
  }
  yield `],"processes":${JSON.stringify(processes)},"warnings":null}`
}

/**
 * Traces as api_v3 has them, all in one `result`. A resource stands once in each piece that has spans of it.
 *
 * @yields nothing where there is no trace.
 */
export async function* otlpText(
  readings: AsyncIterable<OpenedTrace | undefined> | Iterable<OpenedTrace>,
  { source, isRaw }: Answered,
): AsyncGenerator<string> {
  let separator = '{"result":{"resourceSpans":['
  for await (const reading of readings) {
    if (reading === undefined) continue
    // One at a time, since each holds many spans
    for await (const piece of piecesOf(source, reading, isRaw))
      for (const resourceSpans of otlpTraces([piece]).resourceSpans ?? []) {
        yield separator + JSON.stringify(resourceSpans)
        separator = ','
        await nextTurn()
      }
  }
  if (separator === ',') yield ']}}'
}
