import type { AnyValue, Attributes } from './attributes.ts'
import type { SpanId, TraceId } from './ids.ts'
import type { MessageFacts, MessageOperation } from './messaging.ts'
import { messagingKeys, openTracingKeys, operationWords } from './messaging-keys.ts'
import type { Span, SpanKind } from './span.ts'

type Field = keyof typeof messagingKeys
type Found = Partial<Record<Field, string>>

/** What the messaging facts are read from. */
export type MessagingSpan = Pick<Span, 'kind' | 'name' | 'attributes'>

/** One link of a span, and what its own attributes say of the message it stands for. */
export interface LinkedMessage {
  readonly traceId: TraceId
  readonly spanId: SpanId
  readonly facts: MessageFacts
}

const fieldsByKey = new Map<string, { readonly field: Field; readonly rank: number }>(
  Object.entries(messagingKeys).flatMap(([field, keys]) =>
    keys.map((key, rank) => [key, { field: field as Field, rank }] as const),
  ),
)

/**
 * What a span says of the message it handled, whichever spelling it uses (semantic conventions 1.4 to 1.44,
 * Brave, OpenTracing, dd-trace). A producer or consumer span that names no operation is taken as its kind.
 *
 * @returns undefined where the span did nothing with a message.
 */
export function messageFactsOf(span: MessagingSpan): MessageFacts | undefined {
  const found = findFields(span.attributes)
  const operation = operationOf(found, span)
  return operation && factsFrom(found, operation)
}

/**
 * The messages that a batch span names on its links: what all have in common stands on the span, what
 * differs on the link (semantic conventions 1.44, messaging spans, "Batch messages").
 *
 * @returns one entry for each link that has messaging attributes; empty where the span handles no messages.
 */
export function linkedMessagesOf(span: MessagingSpan & Pick<Span, 'links'>): readonly LinkedMessage[] {
  if (span.links.length === 0) return []
  const common = messageFactsOf(span)
  if (common === undefined) return []
  const { batchSize: _, ...shared } = common
  return span.links.flatMap(link => {
    const found = findFields(link.attributes)
    if (Object.keys(found).length === 0) return []
    const own = factsFrom(found, common.operation)
    return [{ traceId: link.traceId, spanId: link.spanId, facts: mergeFacts(shared, own) }]
  })
}

/** Facts of two ends of one message: what `strong` says, and where it is silent, what `weak` says. */
export function mergeFacts(weak: MessageFacts, strong: MessageFacts): MessageFacts {
  return {
    ...weak,
    ...strong,
    system: strong.system || weak.system,
    destination: strong.destination || weak.destination,
  }
}

/** `orders[3]@1042`: destination, partition and offset, as far as they are known; else the message id. */
export function formatCoordinates(facts: MessageFacts): string {
  const destination = facts.destination || facts.system || 'message'
  const partition = facts.partition === undefined ? '' : `[${facts.partition}]`
  if (facts.offset !== undefined) return `${destination}${partition}@${facts.offset}`
  return facts.messageId === undefined
    ? destination + partition
    : `${destination}${partition} ${facts.messageId}`
}

/** One pass over the attributes; of several spellings the newest, of several values the last. */
function findFields(attributes: Attributes): Found {
  const found: Found = {}
  const ranks: Partial<Record<Field, number>> = {}
  let partition: string | undefined
  let offset: string | undefined
  let messageBus = false
  for (const { key, value } of attributes) {
    const place = fieldsByKey.get(key)
    if (place !== undefined) {
      if (key === 'message_bus.destination') messageBus = true
      const text = textOf(value)
      if (text === undefined || place.rank > (ranks[place.field] ?? Number.POSITIVE_INFINITY)) continue
      found[place.field] = text
      ranks[place.field] = place.rank
    } else if (key === openTracingKeys.partition) partition = textOf(value)
    else if (key === openTracingKeys.offset) offset = textOf(value)
  }
  if (messageBus) {
    if (partition !== undefined) found.partition ??= partition
    if (offset !== undefined) found.offset ??= offset
  }
  if (found.system === undefined && Object.keys(found).length > 0) {
    const system = systemFromSpelling(attributes)
    if (system !== '') found.system = system
  }
  return found
}

/** Spellings older than `messaging.system` carry the system in their keys, or in OpenTracing's `component`. */
function systemFromSpelling(attributes: Attributes): string {
  for (const { key, value } of attributes) {
    if (/^(messaging\.)?kafka\./.test(key)) return 'kafka'
    if (/^(rabbit|amqp|messaging\.rabbitmq)\./.test(key)) return 'rabbitmq'
    const text = key === 'component' || key === 'peer.service' ? textOf(value) : undefined
    if (text === 'java-kafka' || text === 'kafka') return 'kafka'
    if (text === 'rabbitmq') return 'rabbitmq'
  }
  return ''
}

function operationOf(found: Found, span: MessagingSpan): MessageOperation | undefined {
  for (const word of [found.operationType, found.operation, found.operationName]) {
    const operation = word === undefined ? undefined : operationWords[word.toLowerCase()]
    if (operation !== undefined) return operation
  }
  return operationOfKind(span.kind, span.name)
}

/** Brave's `poll` and `next-message` and OpenTracing's `From_<topic>` end as soon as the message is there. */
function operationOfKind(kind: SpanKind, name: string): MessageOperation | undefined {
  if (kind === 'producer') return 'send'
  if (kind !== 'consumer') return undefined
  return /^(poll|receive|next-message)\b|^From_|\breceive$/.test(name) ? 'receive' : 'process'
}

function factsFrom(found: Found, operation: MessageOperation): MessageFacts {
  const facts: { -readonly [Key in keyof MessageFacts]: MessageFacts[Key] } = {
    system: found.system ?? '',
    destination: found.destination || found.routingKey || '',
    operation,
  }
  if (found.partition !== undefined) facts.partition = found.partition
  if (found.offset !== undefined && /^\d+$/.test(found.offset)) facts.offset = found.offset
  if (found.messageId) facts.messageId = found.messageId
  if (found.key !== undefined) facts.key = found.key
  if (found.consumerGroup) facts.consumerGroup = found.consumerGroup
  if (found.clientId) facts.clientId = found.clientId
  if (found.clusterId) facts.clusterId = found.clusterId
  if (found.routingKey) facts.routingKey = found.routingKey
  const attempt = wholeNumber(found.attempt)
  if (attempt !== undefined) facts.attempt = attempt
  const bodySizeBytes = wholeNumber(found.bodySizeBytes)
  if (bodySizeBytes !== undefined) facts.bodySizeBytes = bodySizeBytes
  const batchSize = wholeNumber(found.batchSize)
  if (batchSize !== undefined) facts.batchSize = batchSize
  return facts
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

/** Texts and numbers as they are; lists, maps, bytes and absent values are no fact. */
function textOf(value: AnyValue): string | undefined {
  if ('stringValue' in value) return value.stringValue
  if ('intValue' in value) return value.intValue
  if ('doubleValue' in value) return String(value.doubleValue)
  if ('boolValue' in value) return String(value.boolValue)
  return undefined
}
