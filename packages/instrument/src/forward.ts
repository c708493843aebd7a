import { trace } from '@opentelemetry/api'
import { cut } from './capture.ts'
import { attemptOf, deliveryHeaders } from './delivery.ts'
import { failureType } from './failure.ts'
import { traceparentOf } from './formats/w3c.ts'
import type { MessageHeaders } from './headers.ts'
import { headerOf, withTexts } from './headers.ts'
import { wholeNumber } from './message.ts'
import { contextOf, scopeOf } from './scope.ts'

/** A message to be sent again: the fields that the clients' messages have in common. */
export interface ForwardedMessage<Key, Value, Headers> {
  readonly key: Key
  readonly value: Value
  readonly headers: Headers
}

/**
 * What is read of a client's message; amqplib has its body in `content`, the others of RabbitMQ have it in `body`, and
 * some have the headers among the properties.
 */
interface ReceivedMessage {
  readonly key?: unknown
  readonly value?: unknown
  readonly content?: unknown
  readonly body?: unknown
  readonly headers?: unknown
  readonly properties?: { readonly headers?: unknown }
}

type KeyOf<Message> = Message extends { readonly key: infer Key } ? Key : undefined
type ValueOf<Message> = Message extends { readonly value: infer Value }
  ? Value
  : Message extends { readonly content: infer Content }
    ? Content
    : Message extends { readonly body: infer Body }
      ? Body
      : undefined
type Known<Headers> = unknown extends Headers ? Record<string, unknown> : NonNullable<Headers>
/** Of kafkajs's messages, those in an old format have none. */
type HeadersOf<Message> = Message extends { readonly properties: { readonly headers?: infer Headers } }
  ? Known<Headers>
  : Message extends { readonly headers?: infer Headers }
    ? Known<Headers>
    : Record<string, unknown>

const maxReasonLength = 500

/**
 * A copy of a message that could not be handled, to be sent where dead letters go. Its headers say where it died
 * and of what; the consumer of the dead letters shows both, and its span links the first try that failed. The
 * send itself continues the trace, as any send within the handler does.
 *
 * @example
 * await producer.send({ topic: 'orders.dlq', messages: [deadLetter(message, error)] })
 */
export function deadLetter<Message extends object>(
  message: Message,
  error: unknown,
): ForwardedMessage<KeyOf<Message>, ValueOf<Message>, HeadersOf<Message>> {
  const texts: Record<string, string> = { [deliveryHeaders.reason]: failureType(error) }
  if (error instanceof Error) texts[deliveryHeaders.message] = cut(error.message, maxReasonLength)
  const scope = scopeOf(message)
  if (scope !== undefined) {
    const { destination, partition } = scope.route.facts
    texts[deliveryHeaders.destination] = destination
    if (partition !== undefined) texts[deliveryHeaders.partition] = String(partition)
    const offset = wholeNumber(scope.message.offset)
    if (offset !== undefined) texts[deliveryHeaders.offset] = String(offset)
  }
  return forwarded(message, texts)
}

/**
 * A copy of a message to be sent for another try. It carries the number of that try, by which the next span, and
 * a search for retries, can tell it from a first one; and the first try that failed, which the next span links.
 *
 * @example
 * await producer.send({ topic: 'orders.retry', messages: [retryOf(message)] })
 */
export function retryOf<Message extends object>(
  message: Message,
): ForwardedMessage<KeyOf<Message>, ValueOf<Message>, HeadersOf<Message>> {
  const headers = headersOf(message)
  const known = scopeOf(message)?.message ?? { headers }
  return forwarded(message, { [deliveryHeaders.attempt]: String((attemptOf(known) ?? 1) + 1) })
}

function forwarded<Message extends object>(
  message: Message,
  texts: Record<string, string>,
): ForwardedMessage<KeyOf<Message>, ValueOf<Message>, HeadersOf<Message>> {
  const headers = headersOf(message)
  if (headerOf(headers, deliveryHeaders.firstAttempt) === undefined) {
    const attempt = trace.getSpanContext(contextOf(message))
    if (attempt !== undefined) texts[deliveryHeaders.firstAttempt] = traceparentOf(attempt)
  }
  const { key, value, content, body } = message as ReceivedMessage
  return {
    key: key as KeyOf<Message>,
    value: (value !== undefined ? value : content !== undefined ? content : body) as ValueOf<Message>,
    headers: withTexts(headers, texts) as HeadersOf<Message>,
  }
}

function headersOf(message: object): MessageHeaders | undefined {
  const { headers, properties } = message as ReceivedMessage
  const found = headers ?? properties?.headers
  return typeof found === 'object' && found !== null ? (found as MessageHeaders) : undefined
}
