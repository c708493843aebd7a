import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Trace } from '@waybill/model'
import { zipkinSpans } from '@waybill/wire/zipkin'
import type { OpenedTrace } from '../each-trace.ts'

/** Spans written at a time: some 50 kB, and a few milliseconds of the event loop. */
const spansAtATime = 100

/** Traces as JSON, one after the other; those that are not stored are left out. */
export async function* tracesTexts(readings: AsyncIterable<OpenedTrace | undefined>): AsyncGenerator<string> {
  let separator = '['
  for await (const reading of readings) {
    if (reading === undefined) continue
    yield separator
    yield* traceTexts(reading)
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

/** A trace of any size as the JSON of Zipkin's spans, as they are read; others get their turn now and then. */
export async function* traceTexts({ traceId, pieces }: OpenedTrace): AsyncGenerator<string> {
  const textsOf = distinctSpans()
  let separator = '['
  for await (const { spans, resources, scopes } of pieces)
    for (let at = 0; at < spans.length; at += spansAtATime) {
      const some = spans.slice(at, at + spansAtATime)
      const texts = textsOf({ traceId, spans: some, resources, scopes })
      if (texts.length > 0) {
        yield separator + texts.join(',')
        separator = ','
      }
      await nextTurn()
    }
  yield separator === '[' ? '[]' : ']'
}

/**
 * Makes the function that writes the spans of a trace, piece by piece. As in Zipkin's stores a span that came
 * twice is one, and one that came in parts is as many. Spans come in the order they started, so that no more
 * than those of one moment are remembered.
 */
function distinctSpans(): (trace: Trace) => readonly string[] {
  let moment = ''
  let written = new Set<string>()
  return trace =>
    zipkinSpans(trace).flatMap((zipkinSpan, place) => {
      const start = trace.spans[place]?.startTimeUnixNano ?? ''
      if (start !== moment) written = new Set()
      moment = start
      const text = JSON.stringify(zipkinSpan)
      if (written.has(text)) return []
      written.add(text)
      return [text]
    })
}
