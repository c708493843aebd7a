import { randomBytes } from 'node:crypto'
import { decodeTraces, encodeTraces } from '@waybill/wire/otlp'

/*
 * Requests for tests: spans that are told apart by their names.
 */

/** An OTLP request of one resource for each list of names. */
export function sampleRequest(...resources: readonly (readonly string[])[]): Uint8Array {
  const startMs = Date.now()
  return encodeTraces({
    resourceSpans: resources.map((names, resource) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: `sample-${resource}` } }] },
      scopeSpans: [
        {
          scope: { name: 'sample' },
          spans: names.map(name => ({
            traceId: randomBytes(16).toString('hex'),
            spanId: randomBytes(8).toString('hex'),
            name,
            kind: 1,
            startTimeUnixNano: `${startMs}000000`,
            endTimeUnixNano: `${startMs + 5}000000`,
          })),
        },
      ],
    })),
  })
}

/** The names of all spans in a request, in order. */
export function spanNames(bytes: Uint8Array): readonly string[] {
  return decodeTraces(bytes).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
  )
}
