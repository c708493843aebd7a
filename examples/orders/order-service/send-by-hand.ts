import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { IHeaders, Producer, RecordMetadata } from 'kafkajs'
import type { Propagation } from './settings.ts'

interface Sent {
  readonly topic: string
  readonly key: string
  readonly value: string
}

/** Sends a message as a service does that has no instrumentation: with a span, and headers, of its own. */
export function sendByHand(
  producer: Producer,
  { topic, key, value }: Sent,
  how: Propagation,
): Promise<readonly RecordMetadata[]> {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': topic,
    'messaging.kafka.message.key': key,
  }
  const tracer = trace.getTracer('order-service')
  return tracer.startActiveSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes }, async span => {
    try {
      const sent = await producer.send({ topic, messages: [{ key, value, headers: headersOf(how) }] })
      const [{ partition, baseOffset } = {}] = sent
      if (partition !== undefined) span.setAttribute('messaging.destination.partition.id', String(partition))
      if (baseOffset !== undefined) span.setAttribute('messaging.kafka.offset', Number(baseOffset))
      return sent
    } catch (error) {
      if (error instanceof Error) span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
      throw error
    } finally {
      span.end()
    }
  })
}

function headersOf(how: Propagation): IHeaders {
  const headers: IHeaders = {}
  // What goes wrong: the context is an object, and a header is a text.
  if (how === 'object') return { traceparent: context.active() as unknown as string }
  if (how === 'object as text') return { traceparent: String(context.active()) }
  if (how === 'by hand') propagation.inject(context.active(), headers)
  return headers
}
