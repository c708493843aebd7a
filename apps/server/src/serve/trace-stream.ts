import { Readable } from 'node:stream'
import type { TraceResponse } from '@waybill/api'

/** Spans written at a time: some 200 kB, and a few milliseconds of the event loop. */
const spansAtATime = 256

/**
 * The JSON text of a trace in pieces, so that a trace of 50,000 spans neither holds up other requests while
 * it is written nor stands in memory twice. The pieces together are `JSON.stringify(response)`, but for the
 * order of the members.
 */
export function streamTrace({ trace, ...rest }: TraceResponse): Readable {
  return Readable.from(pieces(trace, rest), { objectMode: false })
}

function* pieces(
  { spans, ...trace }: TraceResponse['trace'],
  rest: Omit<TraceResponse, 'trace'>,
): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"trace":${JSON.stringify(trace).slice(0, -1)},"spans":[`
  for (let at = 0; at < spans.length; at += spansAtATime) {
    const some = spans.slice(at, at + spansAtATime).map(span => JSON.stringify(span))
    yield (at === 0 ? '' : ',') + some.join(',')
  }
  yield ']}}'
}
