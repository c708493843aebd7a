import { encodeTracesJson } from '@waybill/wire/otlp'
import type { Random } from '../random.ts'
import { seededRandom } from '../random.ts'
import type { Request } from '../requests.ts'
import type { Patches } from './patches.ts'
import { findPatches, patchRound, traceIdIn } from './patches.ts'
import { firstOffset } from './traces.ts'

export const topicCount = 50
/** Rounds of a day; each is five minutes. */
export const roundsPerDay = 288
export const messageRoundMs = 300_000
const partitions = 12
/** Producers, and as many consumers; each has five topics. */
const servicePairs = 10
const spansPerRequest = 512
/** One message in fifty is never processed. */
const lostShare = 0.02
const kinds = { producer: 4, consumer: 5 } as const

/** Messages of many topics over a day, as OTLP requests. */
export interface MessageDay {
  readonly spansPerRound: number
  /** Rows of `messages` for each round: one for each span. */
  round(round: number): Iterable<Request>
  /** Where a message of a round lies, by its number in the round's topic; messages 0 to `messagesPerTopic` − 1. */
  coordinatesOf(
    round: number,
    topic: number,
    message: number,
  ): { readonly topic: string; readonly partition: string; readonly offset: string }
  readonly messagesPerTopic: number
  /** The traces of a round's last messages, for waiting until they can be read. */
  lastTracesOf(round: number): readonly string[]
}

/** The name of a topic by its number. */
export function topicName(topic: number): string {
  return `topic-${String(topic).padStart(2, '0')}`
}

/**
 * Each message is sent by one span and processed by another, in the same trace, or, in one topic of five, in a
 * trace of its own with a link. Waits are exponential with a mean of two seconds; one message in fifty is never
 * processed. From a fixed seed.
 *
 * @param startUnixMs the time of the first message.
 * @param messagesPerTopic in each round; 347 make ten million rows a day.
 */
export function messageDay(startUnixMs: number, messagesPerTopic = 347): MessageDay {
  const random = seededRandom(99)
  const byService = new Map<string, unknown[]>()
  const add = (service: string, span: unknown): void => {
    const spans = byService.get(service)
    if (spans === undefined) byService.set(service, [span])
    else spans.push(span)
  }
  const lastTraces: string[] = []
  for (let message = 0; message < messagesPerTopic; message++)
    for (let topic = 0; topic < topicCount; topic++) {
      const atMs = startUnixMs + Math.floor((message * messageRoundMs) / messagesPerTopic)
      const made = makeMessage(random, topic, message, atMs)
      const pair = topic % servicePairs
      add(`producer-${pair}`, made.send)
      if (made.process !== undefined) add(`consumer-${pair}`, made.process)
      if (message === messagesPerTopic - 1 && topic % 10 === 0) lastTraces.push(made.traceId)
    }
  const templates = [...byService].flatMap(([service, spans]) => templatesOf(service, spans))
  return {
    spansPerRound: templates.reduce((sum, { spans }) => sum + spans, 0),
    messagesPerTopic,
    coordinatesOf: (round, topic, message) => ({
      topic: topicName(topic),
      partition: String(message % partitions),
      offset: String(firstOffset + round * messagesPerTopic + message),
    }),
    lastTracesOf: round => lastTraces.map(traceId => traceIdIn(round, traceId)),
    *round(round) {
      const shiftNano = BigInt(round) * BigInt(messageRoundMs) * 1_000_000n
      for (const { body, patches, spans } of templates)
        yield { body: patchRound(body, patches, round, shiftNano, round * messagesPerTopic), spans }
    },
  }
}

function makeMessage(
  random: Random,
  topic: number,
  message: number,
  atMs: number,
): { readonly traceId: string; readonly send: unknown; readonly process: unknown } {
  const [traceId, sendId] = [random.hex(32), random.hex(16)]
  const sentNano = BigInt(atMs) * 1_000_000n + BigInt(random.below(1_000_000))
  const endNano = sentNano + BigInt(1_000_000 + random.below(4_000_000))
  const waitNano = BigInt(Math.floor(-Math.log(1 - random.next()) * 2e9))
  const isLinked = topic % 5 === 0
  const send = {
    traceId,
    spanId: sendId,
    name: `send ${topicName(topic)}`,
    kind: kinds.producer,
    startTimeUnixNano: String(sentNano),
    endTimeUnixNano: String(endNano),
    attributes: attributes(topic, message, 'send'),
  }
  if (random.next() < lostShare) return { traceId, send, process: undefined }
  const process = {
    ...send,
    spanId: random.hex(16),
    ...(isLinked
      ? { traceId: random.hex(32), links: [{ traceId, spanId: sendId }] }
      : { parentSpanId: sendId }),
    name: `process ${topicName(topic)}`,
    kind: kinds.consumer,
    startTimeUnixNano: String(endNano + waitNano),
    endTimeUnixNano: String(endNano + waitNano + BigInt(2_000_000 + random.below(40_000_000))),
    attributes: attributes(topic, message, 'process'),
  }
  return { traceId, send, process }
}

function attributes(topic: number, message: number, operation: 'send' | 'process'): readonly unknown[] {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  return [
    text('messaging.system', 'kafka'),
    text('messaging.destination.name', topicName(topic)),
    text('messaging.destination.partition.id', String(message % partitions)),
    { key: 'messaging.kafka.offset', value: { intValue: String(firstOffset + message) } },
    text('messaging.operation.name', operation),
    text('messaging.operation.type', operation),
    ...(operation === 'process'
      ? [text('messaging.consumer.group.name', `group-${topic % servicePairs}`)]
      : []),
  ]
}

interface Template {
  readonly body: Buffer
  readonly patches: Patches
  readonly spans: number
}

function templatesOf(service: string, spans: readonly unknown[]): readonly Template[] {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  const templates: Template[] = []
  for (let first = 0; first < spans.length; first += spansPerRequest) {
    const chunk = spans.slice(first, first + spansPerRequest)
    const scopeSpans = [{ scope: { name: 'bench' }, spans: chunk }]
    const body = Buffer.from(encodeTracesJson({ resourceSpans: [{ resource, scopeSpans }] }))
    templates.push({ body, patches: findPatches(body), spans: chunk.length })
  }
  return templates
}
