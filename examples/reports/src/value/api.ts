import { SpanKind } from '@opentelemetry/api'
import { createTopics } from '@waybill/brokers/topics'
import { injectInto } from '@waybill/instrument/carrier'
import fastify from 'fastify'
import { Kafka, logLevel } from 'kafkajs'
import { openReports } from '../reports-table.ts'
import { closeOnSignal, readSettings } from '../settings.ts'
import { statusTopic } from '../status-topic.ts'
import { deleteTopics, servePage } from '../web.ts'
import { withSpan } from './with-span.ts'

/*
 * report-api, traced by its own hand: it makes its spans, and puts the context into the value of the message,
 * beside the id of the report: { "id": "…", "traceparent": "00-…" }.
 */
const settings = readSettings()
const reports = openReports(settings.database)
const kafka = new Kafka({ clientId: 'report-api', brokers: [...settings.brokers], logLevel: logLevel.ERROR })
const producer = kafka.producer()
const admin = kafka.admin()
await Promise.all([producer.connect(), admin.connect()])
await createTopics(admin, [{ topic: settings.topic, numPartitions: 3 }])

const app = fastify({ forceCloseConnections: true })
servePage(app, { settings, variant: 'value', kafka, admin, reports })

app.route<{ Querystring: { fail?: string } }>({
  method: ['GET', 'POST'],
  url: '/api/report',
  handler: ({ query, method }, reply) =>
    withSpan(
      'report_request',
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, 'http.route': '/api/report', 'url.path': '/api/report' },
      },
      async span => {
        const { traceId, spanId } = span.spanContext()
        reply.header('traceresponse', `00-${traceId}-${spanId}-01`)
        const id = reports.create(query.fail === undefined ? null : Number(query.fail))
        await createTopics(admin, [{ topic: statusTopic(id) }])
        await order(id)
        span.setAttribute('http.response.status_code', 200)
        return { id, status: 'init' }
      },
    ),
})

/** Sends the order for a report, and adds to its span where the broker put it. */
async function order(id: string): Promise<void> {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': settings.topic,
    'messaging.client.id': 'report-api',
    'messaging.kafka.message.key': id,
  }
  await withSpan('report_producer', { kind: SpanKind.PRODUCER, attributes }, async span => {
    const value = JSON.stringify(injectInto({ id }))
    const [answer] = await producer.send({ topic: settings.topic, messages: [{ key: id, value }] })
    if (answer === undefined) return
    span.setAttribute('messaging.destination.partition.id', String(answer.partition))
    span.setAttribute('messaging.kafka.offset', Number(answer.baseOffset))
  })
}

closeOnSignal(async () => {
  await app.close()
  await deleteTopics(admin, reports.ids())
  await Promise.all([producer.disconnect(), admin.disconnect()])
  reports.close()
})
console.log(`ready  ${await app.listen({ port: settings.port, host: '127.0.0.1' })}`)
