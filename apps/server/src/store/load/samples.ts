import { encodeTraces } from '@waybill/wire/otlp'

/*
 * For tests of loading: requests that touch every table, the same bytes for the same number.
 */

const spansPerRequest = 500
const requests = 8
const day = 86_400_000_000_000n
const start = 1_790_000_000_000_000_000n

/** The time that tokens begin with, so that both days of the spans have their partitions. */
export const receivedAt = '01790086400000'

/** Spans in the requests of one number. */
export const loadSpans = spansPerRequest * requests

/** Requests of three services, over two days, with errors, messages, batches and links. */
export function batchesOf(number: number): readonly Uint8Array[] {
  return Array.from({ length: requests }, (_, request) =>
    encodeTraces({
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', `service-${request % 3}`)] },
          scopeSpans: [
            {
              scope: { name: 'load', version: '1' },
              spans: Array.from({ length: spansPerRequest }, (_, i) => sample(number, request, i)),
            },
          ],
        },
      ],
    }),
  )
}

function sample(number: number, request: number, i: number) {
  const id = BigInt((number * requests + request) * spansPerRequest + i + 1)
  const startNano = start + BigInt(i % 2) * day + BigInt(i) * 1_000_000n
  return {
    traceId: hex(id / 5n + 1n, 32),
    spanId: hex(id, 16),
    parentSpanId: i % 5 === 0 ? '' : hex(id - 1n, 16),
    name: `work ${i % 7}`,
    kind: (i % 5) + 1,
    startTimeUnixNano: String(startNano),
    endTimeUnixNano: String(startNano + 5_000_000n),
    status: { code: i % 10 === 0 ? 2 : 0 },
    attributes: [
      text('messaging.system', 'kafka'),
      text('messaging.destination.name', `topic-${i % 4}`),
      text('messaging.kafka.offset', String(id)),
      text('order.id', `order-${id}`),
    ],
    links: i % 9 === 0 ? [{ traceId: hex(id + 7n, 32), spanId: hex(id + 7n, 16) }] : [],
  }
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } }
}

function hex(number: bigint, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
