import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes, MessageFacts, SpanKind } from '@waybill/model'
import { messageFactsOf, messagingKeys, openTracingKeys, operationWords, spanKinds } from '@waybill/model'
import { encodeTraces } from '@waybill/wire/otlp'
import fc from 'fast-check'
import { temporaryFolder, temporaryStore, writeSegment } from '../temporary-store.ts'

interface Sample {
  readonly kind: SpanKind
  readonly name: string
  readonly attributes: Attributes
}

/** The facts of a span in the store's columns. */
interface Columns {
  readonly system: string
  readonly destination: string
  readonly operation: string
  readonly partition_id: string
  readonly message_offset: string
  readonly message_id: string
  readonly message_key: string
  readonly consumer_group: string
  readonly client_id: string
  readonly routing_key: string
  readonly cluster_id: string
  readonly attempt: number
  readonly batch_size: number
  readonly body_size: string
}

const keys = [...Object.values(messagingKeys).flat(), ...Object.values(openTracingKeys)]
const otherKeys = [
  'component',
  'peer.service',
  'order.id',
  'kafka.other',
  'amqp.other',
  'http.request.method',
]
const words = [
  'orders',
  '0',
  '7',
  '042',
  '-1',
  '1.5',
  '4294967296',
  '',
  'kafka',
  'java-kafka',
  'rabbitmq',
  'Ä "\\\'',
]
const operations = [
  ...Object.keys(operationWords),
  ...Object.keys(operationWords).map(word => word.toUpperCase()),
]

const value = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...words, ...operations).map(stringValue => ({ stringValue })) },
  fc.constantFrom('0', '5', '-3', '9007199254740991').map(intValue => ({ intValue })),
  fc.constantFrom(2, 2.5).map(doubleValue => ({ doubleValue })),
  fc.boolean().map(boolValue => ({ boolValue })),
  fc.constant({ arrayValue: { values: [{ stringValue: 'in a list' }] } }),
  fc.constant({ bytesValue: 'AAEC' }),
  fc.constant({}),
)

const samples: fc.Arbitrary<Sample> = fc.record({
  kind: fc.constantFrom(...spanKinds),
  name: fc.constantFrom(
    'poll',
    'polling',
    'next-message',
    'receive x',
    'From_orders',
    'orders receive',
    'process',
    '',
  ),
  attributes: fc.array(
    fc.record({
      key: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...keys) }, fc.constantFrom(...otherKeys)),
      value,
    }),
    { maxLength: 8 },
  ),
})

/** What the columns should hold. Numbers that a column has no room for stand as absent. */
function columnsOf(facts: MessageFacts | undefined): Partial<Columns> {
  if (facts === undefined) return { operation: '' }
  const offset = facts.offset === undefined || BigInt(facts.offset) > 2n ** 63n - 1n ? '-1' : facts.offset
  const small = (number = 0): number => (number < 2 ** 32 ? number : 0)
  return {
    system: facts.system,
    destination: facts.destination,
    operation: facts.operation,
    partition_id: facts.partition ?? '',
    message_offset: String(BigInt(offset)),
    message_id: facts.messageId ?? '',
    message_key: facts.key ?? '',
    consumer_group: facts.consumerGroup ?? '',
    client_id: facts.clientId ?? '',
    routing_key: facts.routingKey ?? '',
    cluster_id: facts.clusterId ?? '',
    attempt: small(facts.attempt),
    batch_size: small(facts.batchSize),
    body_size: String(facts.bodySizeBytes ?? 0),
  }
}

test('the columns say of a message what packages/model reads from the same attributes', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const spans = fc.sample(samples, { numRuns: 4000, seed: 1 })
  const body = encodeTraces({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: spans.map((span, i) => ({
              traceId: 'a'.repeat(32),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              startTimeUnixNano: '1790000000000000000',
              endTimeUnixNano: '1790000000000000001',
              ...span,
              kind: spanKinds.indexOf(span.kind),
            })),
          },
        ],
      },
    ],
  })
  await engine.load(await writeSegment(folder, 'facts', body))
  const rows = await engine.query<Columns>(
    `SELECT system, destination, operation, partition_id, message_offset, message_id, message_key, consumer_group,
  client_id, routing_key, cluster_id, attempt, batch_size, body_size
FROM spans ORDER BY span_id`,
  )
  assert.equal(rows.length, spans.length)
  for (const [i, span] of spans.entries()) {
    const expected = columnsOf(messageFactsOf(span))
    const found = Object.fromEntries(
      Object.keys(expected).map(name => [name, rows[i]?.[name as keyof Columns]]),
    )
    assert.deepEqual(found, expected, JSON.stringify(span))
  }
})
