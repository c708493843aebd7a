import type { Span, SpanContext } from '@opentelemetry/api'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Route } from '../route.ts'
import { kafkaRoutes } from '../systems/kafka.ts'
import type { Queue } from '../systems/rabbitmq.ts'
import { rabbitmqRoutes } from '../systems/rabbitmq.ts'
import type { MessagingOptions } from '../tracing.ts'
import { messagingTracing } from '../tracing.ts'

/** A route of a Kafka client with these options, to the topic `orders` unless another is named. */
export function kafkaRoute(
  options: MessagingOptions = {},
  topic = 'orders',
  partition?: number,
  group?: string,
): Route {
  return kafkaRoutes(messagingTracing(options), group)(topic, partition)
}

/** A route of messages that a RabbitMQ queue delivers. */
export function rabbitmqRoute(
  options: MessagingOptions = {},
  queue: Queue = { name: 'mails' },
  exchange = '',
  routingKey = queue.name,
): Route {
  return rabbitmqRoutes(messagingTracing(options)).delivered(exchange, routingKey, queue)
}

/** A remote span context whose ids repeat one digit. */
export function remote(digit: string, traceFlags = 1): SpanContext {
  return { traceId: digit.repeat(32), spanId: digit.repeat(16), traceFlags, isRemote: true }
}

/** Its `traceparent`. */
export function traceparent(digit: string, flags = '01'): string {
  return `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`
}

/** A context in which a remote span is active. */
export function active(digit: string) {
  return trace.setSpanContext(ROOT_CONTEXT, remote(digit))
}

export function spanIdOf(span: Span | undefined): string | undefined {
  return span?.spanContext().spanId
}
