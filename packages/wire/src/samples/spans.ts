/** A span as every format can tell it. */
export interface SampleSpan {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits; a parent of zeros is none. */
  readonly spanId: string
  readonly parentSpanId: string
  /** In lower case, since Zipkin's formats know no other. */
  readonly name: string
  readonly kind: 'producer' | 'consumer'
  /** Microseconds since 1970, and how many it took. */
  readonly startMicros: bigint
  readonly durationMicros: bigint
  readonly tags: Readonly<Record<string, string | number>>
}

export const sampleService = 'order-service'

/** The span of a test that is about its bytes. */
export function sampleSpan(span: Partial<SampleSpan> = {}): SampleSpan {
  return {
    traceId: '463ac35c9f6413ad48485a3953bb6124',
    spanId: 'a2fb4a1d1a96d312',
    parentSpanId: '0000000000000000',
    name: 'send orders',
    kind: 'producer',
    startMicros: 1_763_640_000_000_000n,
    durationMicros: 207_000n,
    tags: { 'messaging.system': 'kafka' },
    ...span,
  }
}

/**
 * Spans of a service that sends to Kafka and processes from it, with ten attributes of the semantic conventions
 * each. The numbers look random and are the same at every call.
 */
export function kafkaSpans(count: number): readonly SampleSpan[] {
  let seed = 7
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed
  }
  const hex = (words: number): string =>
    Array.from({ length: words }, () => random().toString(16).padStart(8, '0')).join('')
  return Array.from({ length: count }, (_, index) => ({
    traceId: hex(4),
    spanId: hex(2),
    parentSpanId: hex(2),
    name: index % 2 ? 'send orders' : 'process orders',
    kind: index % 2 ? 'producer' : 'consumer',
    startMicros: 1_763_640_000_000_000n + BigInt(random()),
    durationMicros: BigInt((random() % 100_000) + 1),
    tags: {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': String(random() % 12),
      'messaging.kafka.offset': random(),
      'messaging.kafka.message.key': `order-${random() % 100_000}`,
      'messaging.operation.type': index % 2 ? 'send' : 'process',
      'messaging.consumer.group.name': 'billing',
      'messaging.message.body.size': random() % 4000,
      'server.address': 'broker-1.example',
      'server.port': 9092,
    },
  }))
}
