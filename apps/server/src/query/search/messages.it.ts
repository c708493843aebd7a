import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { MessageHit } from '@waybill/api'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { queryStories } from '../query-stories.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { findMessages } from './messages.ts'

const request = (text: string, limit = 50, cursor?: string) => ({
  query: parseQuery(text),
  range: storyHour,
  limit,
  ...(cursor !== undefined && { cursor }),
})

/** A handling in short: trace.span, what was done, where. */
function inShort({ facts, traceId, spanId }: MessageHit): string {
  const { operation, destination, partition, offset } = facts
  const place = partition === undefined && offset === undefined ? '' : `[${partition}]@${offset}`
  return `${Number.parseInt(traceId, 16)}.${Number.parseInt(spanId, 16)} ${operation} ${destination}${place}`
}

const orders = [
  '3.1 process orders[0]@5',
  '3.1 process orders[3]@1042',
  '1.3 process orders[3]@1042',
  '2.1 send orders[0]@5',
  '1.2 send orders[3]@1042',
]

/** Each query with the handlings it finds, newest first. */
const cases: Readonly<Record<string, readonly string[]>> = {
  'topic:orders': orders,
  // One message of a batch of two
  'topic:orders partition=0': [orders[0] ?? '', orders[3] ?? ''],
  'offset:1042': [orders[1] ?? '', orders[2] ?? '', orders[4] ?? ''],
  'topic:orders -offset:5': [orders[1] ?? '', orders[2] ?? '', orders[4] ?? ''],
  'op:process group:audit': [orders[0] ?? '', orders[1] ?? ''],
  // What the span says: its status, its other attributes, its events, its text
  'topic:orders is:error': [orders[2] ?? ''],
  'topic:orders exception.type:CardDeclined': [orders[2] ?? ''],
  'topic:orders event:exception': [orders[2] ?? ''],
  'topic:orders carddeclined': [orders[2] ?? ''],
  'messaging.client.id:shop-1': [orders[4] ?? ''],
  'is:batch': [orders[0] ?? '', orders[1] ?? ''],
  // A condition on the message, or one on the span of another
  'offset:5 OR carddeclined': [orders[0] ?? '', orders[2] ?? '', orders[3] ?? ''],
  'topic:orders -(offset:5 OR carddeclined)': [orders[1] ?? '', orders[4] ?? ''],
  // Time in the queue is that of one message
  'wait>39s': [orders[0] ?? ''].concat(orders[1] ?? ''),
  'topic:orders wait<40500ms wait>1s': [orders[0] ?? '', orders[2] ?? ''],
  'is:unconsumed': ['7.2 send reports', '1.5 send orders.dlq[0]@17'],
  'is:redelivered': ['10.3 process twice[0]@1', '6.2 process mails:order.created:mail-queue'],
  'is:dlq': ['1.5 send orders.dlq[0]@17'],
  'key:order-17 op:send': [orders[4] ?? ''],
  // Other spans of the trace
  'op:send {service:billing is:error}': ['1.5 send orders.dlq[0]@17', orders[4] ?? ''],
  '{service:mailer}': ['6.2 process mails:order.created:mail-queue'],
  '{service:shop kind:server} > {kind:producer}': [orders[4] ?? ''],
  '{service:shop kind:server} >> {service:billing}': ['1.5 send orders.dlq[0]@17', orders[2] ?? ''],
  // One of a batch, by what was sent
  '{service:shop partition:0} => {service:audit}': [orders[0] ?? ''],
  '{service:shop} ~> {service:audit}': [orders[0] ?? '', orders[1] ?? ''],
  // No message at all
  'kind:server': [],
  'service:tick': [],
  nowhere: [],
}

describe('findMessages', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  for (const [text, expected] of Object.entries(cases))
    it(text, async () => {
      const { messages, nextCursor } = await findMessages(reader, request(text))
      assert.deepEqual(messages.map(inShort).sort(), [...expected].sort())
      assert.equal(nextCursor, undefined)
      const starts = messages.map(message => BigInt(message.startUnixNano))
      assert.deepEqual(
        starts,
        [...starts].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)),
      )
    })

  it('tells everything that is known of a message', async () => {
    const { messages } = await findMessages(reader, request('op:send topic:orders offset:1042'))
    const [{ startUnixNano, ...sent } = assert.fail('nothing was found')] = messages
    assert.equal(startUnixNano, String(BigInt(storyHour.startUnixNano) + 10_000_000n))
    assert.deepEqual(sent, {
      facts: {
        system: 'kafka',
        destination: 'orders',
        operation: 'send',
        partition: '3',
        offset: '1042',
        key: 'order-17',
        clientId: 'shop-1',
        clusterId: 'c1',
        bodySizeBytes: 6000,
      },
      traceId: '1'.padStart(32, '0'),
      spanId: '2'.padStart(16, '0'),
      service: 'shop',
      name: 'send orders',
      kind: 'producer',
      status: 'unset',
      statusMessage: '',
      durationNano: 10_000_000,
    })
  })

  it('tells what of a RabbitMQ message, its attempt, its failure and its link', async () => {
    const [mail] = (await findMessages(reader, request('op:process queue:mail-queue'))).messages
    assert.deepEqual(mail?.facts, {
      system: 'rabbitmq',
      destination: 'mails:order.created:mail-queue',
      operation: 'process',
      messageId: 'm-1',
      routingKey: 'order.created',
      attempt: 2,
    })
    const [failed] = (await findMessages(reader, request('group:billing'))).messages
    assert.equal(failed?.status, 'error')
    assert.equal(failed?.statusMessage, 'Card was Declined: CardDeclined')
    const [batched] = (await findMessages(reader, request('group:audit partition:0'))).messages
    assert.deepEqual(batched?.link, { traceId: '2'.padStart(32, '0'), spanId: '1'.padStart(16, '0') })
    assert.equal(batched?.facts.batchSize, 2)
    assert.equal(batched?.facts.consumerGroup, 'audit')
  })

  for (const limit of [1, 2, 3, 11, 12, 13, 14])
    it(`gives every handling once over all pages, ${limit} a page`, async () => {
      const all = (await findMessages(reader, request(''))).messages.map(inShort)
      assert.equal(all.length, 14)
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await findMessages(reader, request('', limit, cursor))
        assert.ok(page.messages.length <= limit)
        found.push(...page.messages.map(inShort))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      assert.deepEqual(found, all)
    })

  it('takes what started at the first nanosecond of the range, and nothing at its end', async () => {
    const sent = BigInt(storyHour.startUnixNano) + 10_000_000n
    const among = async (start: bigint, end: bigint) => {
      const range = { startUnixNano: String(start), endUnixNano: String(end) }
      return (await findMessages(reader, { ...request('offset:1042 op:send'), range })).messages.length
    }
    assert.equal(await among(sent, sent + 1n), 1)
    assert.equal(await among(sent - 1n, sent), 0)
    assert.equal(await among(sent + 1n, sent + 2n), 0)
  })

  it('refuses a cursor that it did not give', async () => {
    for (const cursor of ['', 'x', `1-${'0'.repeat(48)}`, `${2n ** 63n}-${'0'.repeat(64)}`])
      await assert.rejects(findMessages(reader, request('', 5, cursor)), { code: 'BAD_PARAMETER' })
  })
})
