import type { MessageFacts, MessageSegment } from '@waybill/model'
import { formatCoordinates, formatDuration } from '@waybill/model'
import { endOf } from './detail/ends.ts'
import type { Row, TraceModel } from './model.ts'

const systems: Readonly<Record<string, string>> = {
  kafka: 'Kafka',
  rabbitmq: 'RabbitMQ',
  pulsar: 'Pulsar',
  nats: 'NATS',
  jms: 'JMS',
  activemq: 'ActiveMQ',
  aws_sqs: 'SQS',
  aws_sns: 'SNS',
  gcp_pubsub: 'Pub/Sub',
  servicebus: 'Service Bus',
}

/** A messaging system as people write it. */
export function systemName(system: string): string {
  return systems[system] ?? system
}

/** What stands beside a row's bar where there is no room for {@link barText}. */
export function shortBarText(row: Row): string {
  return row.kind === 'missing' ? '' : formatDuration(row.endNano - row.startNano)
}

/** What stands beside a row's bar. */
export function barText(row: Row, model: TraceModel): string {
  if (row.kind === 'span') return formatDuration(row.endNano - row.startNano)
  if (row.kind === 'missing') return 'not stored'
  return [waitText(row.segment), ...groupText(row.segment.facts, model), ...elsewhere(row, model)].join(' · ')
}

/** How long a message waited, and where; or that the clocks of its two ends disagree. */
export function waitText(segment: MessageSegment): string {
  if (segment.waitedNano < 0)
    return `received ${formatDuration(-segment.waitedNano)} before it was sent: clocks disagree`
  const system = systemName(segment.facts.system)
  return `waited ${formatDuration(segment.waitedNano)}${system === '' ? '' : ` in ${system}`}`
}

/** The group is said where messages of one destination went to several. */
function groupText(facts: MessageFacts, model: TraceModel): readonly string[] {
  if (facts.consumerGroup === undefined) return []
  return model.fannedOut.has(facts.destination) ? [`group ${facts.consumerGroup}`] : []
}

function elsewhere(row: Row, model: TraceModel): readonly string[] {
  if (row.kind !== 'message') return []
  const { traceId } = model.response.trace
  const notes: string[] = []
  const { producer, consumer } = row.segment
  if (producer.traceId !== traceId) notes.push(`from ${endOf(model, producer)?.service || 'another trace'}`)
  if (consumer.traceId !== traceId) notes.push(`to ${endOf(model, consumer)?.service || 'another trace'}`)
  if (row.others.length > 0) notes.push(`${row.others.length} other producers`)
  return notes
}

/** What a row is called in the column of names. */
export function rowTitle(row: Row): string {
  if (row.kind === 'span') return row.span.name || 'unnamed'
  if (row.kind === 'missing') return row.spanId
  const title = formatCoordinates(row.segment.facts)
  return row.others.length === 0 ? title : `${title} +${row.others.length}`
}
