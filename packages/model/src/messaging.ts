import type { SpanId, TraceId } from './ids.ts'

/** What a span did with a message (OpenTelemetry semantic conventions 1.44, messaging.operation.type). */
export const messageOperations = ['create', 'send', 'receive', 'process', 'settle'] as const
export type MessageOperation = (typeof messageOperations)[number]

/** What one span, or one link of a batch span, says of one message. Absent facts are undefined. */
export interface MessageFacts {
  /** `kafka`, `rabbitmq`, …; the empty string where the span does not say. */
  readonly system: string
  readonly destination: string
  readonly operation: MessageOperation
  readonly partition?: string
  /** A Kafka offset, as decimal text: it is an int64. */
  readonly offset?: string
  readonly messageId?: string
  readonly key?: string
  readonly consumerGroup?: string
  readonly clientId?: string
  /** Kafka's cluster, which tells apart topics of one name. */
  readonly clusterId?: string
  /** RabbitMQ's routing key. */
  readonly routingKey?: string
  /** 1 for the first try. */
  readonly attempt?: number
  readonly bodySizeBytes?: number
  readonly batchSize?: number
}

/** How a consumer was tied to its producer, from the strongest to what was inferred. */
export const messageTies = ['parent', 'link', 'coordinates', 'message id'] as const
export type MessageTie = (typeof messageTies)[number]

/** One message between one producer span and one consumer span: the segment of time it waited. */
export interface MessageSegment {
  readonly facts: MessageFacts
  readonly tie: MessageTie
  readonly producer: { readonly traceId: TraceId; readonly spanId: SpanId }
  readonly consumer: { readonly traceId: TraceId; readonly spanId: SpanId }
  /**
   * End of the send, nanoseconds since 1970 as decimal text. Where the message was received before the
   * producer had its acknowledgement, the time of the receive.
   */
  readonly sentUnixNano: string
  /**
   * Start of the receive, or of the processing where no receive was seen; end of the receive where it was
   * already waiting when the message was sent.
   */
  readonly receivedUnixNano: string
  /** `received - sent`; negative where the two hosts' clocks disagree, and shown as such. */
  readonly waitedNano: number
}
