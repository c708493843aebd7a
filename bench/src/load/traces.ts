import type { AnyValue, KeyValue } from '@waybill/model'
import type { Random } from '../random.ts'

/** A span in OTLP's JSON form, with the service that sends it. */
export interface GeneratedSpan {
  readonly service: string
  readonly span: Readonly<Record<string, unknown>>
}

type Value = string | number | boolean

interface Step {
  readonly service: string
  readonly name: string
  readonly kind: number
  readonly parent: number
  /** Milliseconds after the trace's start, and how long. */
  readonly startMs: number
  readonly durationMs: number
  readonly attributes: Readonly<Record<string, Value>>
}

/** The services of the generated system, in the order a request meets them. */
export const services = ['shop', 'inventory', 'billing', 'audit', 'notification'] as const

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

/** Kafka offsets start here, so that each is five bytes as a varint and can be overwritten in place. */
export const firstOffset = 2 ** 28

/**
 * One Kafka-shaped trace of ten spans in five services: an HTTP root, two topics, two consumer groups; 2 % of
 * the traces fail at the card payment. Every span has ten attributes or a few more, one of them unbounded; one
 * trace in five has one of 512 rare keys besides.
 *
 * @param offset the Kafka offset of the trace's messages, from {@link firstOffset} on.
 */
export function generateTrace(random: Random, startUnixMs: number, offset: number): readonly GeneratedSpan[] {
  const traceId = random.hex(32)
  const failed = random.next() < 0.02
  const waitMs = 20 + random.below(2000)
  const steps = stepsOf(random, waitMs, offset)
  const spanIds = steps.map(() => random.hex(16))
  return steps.map((step, index) => {
    const startNano = BigInt(startUnixMs + step.startMs) * 1_000_000n + BigInt(random.below(1_000_000))
    const error = failed && step.name === 'POST api.cards/charge'
    return {
      service: step.service,
      span: {
        traceId,
        spanId: spanIds[index],
        parentSpanId: step.parent < 0 ? '' : spanIds[step.parent],
        name: step.name,
        kind: step.kind,
        startTimeUnixNano: String(startNano),
        endTimeUnixNano: String(startNano + BigInt(step.durationMs) * 1_000_000n),
        attributes: keyValues(step.attributes),
        status: error ? { code: 2, message: 'CardDeclined' } : {},
        events: error ? [exceptionEvent(startNano)] : [],
      },
    }
  })
}

function stepsOf(random: Random, waitMs: number, offset: number): readonly Step[] {
  const partition = String(random.below(12))
  const order = random.hex(12)
  const orders = { ...message('orders', partition, offset), 'order.id': order }
  const payments = { ...message('payments', partition, offset), 'order.id': order }
  const received = 40 + waitMs
  return [
    {
      service: 'shop',
      name: 'POST /orders',
      kind: kinds.server,
      parent: -1,
      startMs: 0,
      durationMs: 45,
      attributes: http(random, order),
    },
    {
      service: 'inventory',
      name: 'POST /reserve',
      kind: kinds.server,
      parent: 0,
      startMs: 3,
      durationMs: 12,
      attributes: http(random, order),
    },
    {
      service: 'shop',
      name: 'send orders',
      kind: kinds.producer,
      parent: 0,
      startMs: 20,
      durationMs: 20,
      attributes: { ...orders, ...operation('send') },
    },
    {
      service: 'billing',
      name: 'process orders',
      kind: kinds.consumer,
      parent: 2,
      startMs: received,
      durationMs: 90,
      attributes: { ...orders, ...operation('process', 'billing'), ...rareFlag(offset) },
    },
    {
      service: 'billing',
      name: 'POST api.cards/charge',
      kind: kinds.client,
      parent: 3,
      startMs: received + 5,
      durationMs: 60,
      attributes: http(random, order),
    },
    {
      service: 'billing',
      name: 'send payments',
      kind: kinds.producer,
      parent: 3,
      startMs: received + 70,
      durationMs: 10,
      attributes: { ...payments, ...operation('send') },
    },
    {
      service: 'notification',
      name: 'process payments',
      kind: kinds.consumer,
      parent: 5,
      startMs: received + 110,
      durationMs: 40,
      attributes: { ...payments, ...operation('process', 'notification') },
    },
    {
      service: 'notification',
      name: 'SMTP send',
      kind: kinds.client,
      parent: 6,
      startMs: received + 115,
      durationMs: 30,
      attributes: http(random, order),
    },
    {
      service: 'audit',
      name: 'process orders',
      kind: kinds.consumer,
      parent: 2,
      startMs: received + 30,
      durationMs: 8,
      attributes: { ...orders, ...operation('process', 'audit') },
    },
    {
      service: 'audit',
      name: 'INSERT audit_log',
      kind: kinds.client,
      parent: 8,
      startMs: received + 32,
      durationMs: 4,
      attributes: database(random, order),
    },
  ]
}

function message(topic: string, partition: string, offset: number): Record<string, Value> {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': partition,
    'messaging.kafka.offset': offset,
    'messaging.message.body.size': 412,
    'messaging.client.id': `client-${partition}`,
    'server.address': 'kafka-1',
    'server.port': 9092,
  }
}

function operation(name: 'send' | 'process', group?: string): Record<string, Value> {
  const attributes: Record<string, Value> = {
    'messaging.operation.name': name,
    'messaging.operation.type': name,
  }
  if (group !== undefined) attributes['messaging.consumer.group.name'] = group
  return attributes
}

/** The long tail: a key that few spans have, told from the offset alone. */
function rareFlag(offset: number): Record<string, Value> {
  if (offset % 5 !== 0) return {}
  return { [`app.flag.${Math.imul(offset, 2_654_435_761) >>> 23}`]: offset % 3 === 0 }
}

function http(random: Random, order: string): Record<string, Value> {
  return {
    'http.request.method': 'POST',
    'http.response.status_code': random.next() < 0.98 ? 200 : 503,
    'url.scheme': 'https',
    'url.path': '/orders',
    'server.address': 'shop.internal',
    'server.port': 443,
    'network.protocol.version': '1.1',
    'user_agent.original': 'okhttp/4.12.0',
    'customer.tier': random.next() < 0.1 ? 'gold' : 'standard',
    'order.id': order,
  }
}

function database(random: Random, order: string): Record<string, Value> {
  return {
    'db.system.name': 'postgresql',
    'db.namespace': 'audit',
    'db.operation.name': 'INSERT',
    'db.collection.name': 'audit_log',
    'db.query.summary': 'INSERT audit_log',
    'db.response.returned_rows': random.below(4),
    'server.address': 'pg-1',
    'server.port': 5432,
    'network.peer.address': '10.0.0.7',
    'order.id': order,
  }
}

function exceptionEvent(startNano: bigint): unknown {
  return {
    timeUnixNano: String(startNano + 1_000_000n),
    name: 'exception',
    attributes: keyValues({
      'exception.type': 'CardDeclined',
      'exception.message': 'insufficient funds',
      'exception.stacktrace':
        'CardDeclined: insufficient funds\n    at charge (cards.js:41:11)\n    at process (billing.js:87:5)',
    }),
  }
}

function keyValues(attributes: Readonly<Record<string, Value>>): readonly KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }))
}

function anyValue(value: Value): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return { intValue: String(value) }
}
