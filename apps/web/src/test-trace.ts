import type { TraceResponse, TraceSummary } from '@waybill/api'
import type { Span } from '@waybill/model'
import { lightSpan, messageSegments, summarize } from '@waybill/model'
import { at, span, traceId } from './test-spans.ts'

const text = (stringValue: string) => ({ stringValue })

function ofMessage(operation: string, group?: string): Span['attributes'] {
  return [
    { key: 'messaging.system', value: text('kafka') },
    { key: 'messaging.destination.name', value: text('orders') },
    { key: 'messaging.operation.type', value: text(operation) },
    { key: 'messaging.destination.partition.id', value: text('3') },
    { key: 'messaging.kafka.offset', value: { intValue: '1042' } },
    ...(group === undefined ? [] : [{ key: 'messaging.consumer.group.name', value: text(group) }]),
  ]
}

const exception = {
  timeUnixNano: at(2250),
  name: 'exception',
  attributes: [
    { key: 'exception.type', value: text('CardDeclined') },
    { key: 'exception.message', value: text('insufficient funds') },
    {
      key: 'exception.stacktrace',
      value: text('CardDeclined: insufficient funds\n    at charge (cards.js:41)'),
    },
  ],
  droppedAttributesCount: 0,
}

/** An order that is sent through Kafka, waits 2.1 s, and whose payment fails. */
export const orderTrace: TraceResponse = respond([
  span({ spanId: '01', name: 'POST /orders', kind: 'server', startMs: 0, endMs: 96 }),
  span({
    spanId: '02',
    parentSpanId: '01',
    name: 'send orders',
    kind: 'producer',
    startMs: 30,
    endMs: 70,
    attributes: ofMessage('send'),
  }),
  span({
    spanId: '03',
    parentSpanId: '02',
    service: 'billing',
    name: 'process orders',
    kind: 'consumer',
    startMs: 2170,
    endMs: 2380,
    attributes: ofMessage('process', 'billing'),
  }),
  span({
    spanId: '04',
    parentSpanId: '03',
    service: 'billing',
    name: 'charge card',
    kind: 'client',
    startMs: 2180,
    endMs: 2300,
    status: { code: 'error', message: 'insufficient funds' },
    attributes: [{ key: 'note', value: text('<img src="x" alt="no image">') }],
    events: [exception],
  }),
])

/** The order as a search shows it. */
export const orderSummary: TraceSummary = {
  traceId,
  ...summarize(orderTrace.trace.spans.map(lightSpan), orderTrace.messages),
}

function respond(spans: readonly Span[]): TraceResponse {
  const resource = {
    attributes: [{ key: 'host.name', value: text('host-3') }],
    droppedAttributesCount: 0,
    schemaUrl: '',
  }
  const scope = { name: 'kafkajs', version: '2', attributes: [], droppedAttributesCount: 0, schemaUrl: '' }
  const trace = { traceId, resources: [resource], scopes: [scope], spans }
  return { trace, messages: messageSegments(trace), linksTo: [], linksFrom: [] }
}
