import { createTopics } from '@waybill/brokers/topics'
import fastify from 'fastify'
import { Kafka, logLevel } from 'kafkajs'
import { openReports } from '../reports-table.ts'
import { closeOnSignal, readSettings } from '../settings.ts'
import { statusTopic } from '../status-topic.ts'
import { deleteTopics, servePage } from '../web.ts'

/*
 * report-api: takes the order for a report, and answers with its id at once.
 *
 * There is no line of tracing in here. Kafka and HTTP are traced because the process is started with
 * `--import @waybill/instrument/register`; tracing.ts beside this file says under which names.
 */
const settings = readSettings()
const reports = openReports(settings.database)
const kafka = new Kafka({ clientId: 'report-api', brokers: [...settings.brokers], logLevel: logLevel.ERROR })
const producer = kafka.producer()
const admin = kafka.admin()
await Promise.all([producer.connect(), admin.connect()])
await createTopics(admin, [{ topic: settings.topic, numPartitions: 3 }])

const app = fastify({ forceCloseConnections: true })
servePage(app, { settings, variant: 'headers', kafka, admin, reports })

app.route<{ Querystring: { fail?: string } }>({
  method: ['GET', 'POST'],
  url: '/api/report',
  async handler({ query }) {
    const id = reports.create(query.fail === undefined ? null : Number(query.fail))
    await createTopics(admin, [{ topic: statusTopic(id) }])
    await producer.send({ topic: settings.topic, messages: [{ key: id, value: JSON.stringify({ id }) }] })
    return { id, status: 'init' }
  },
})

closeOnSignal(async () => {
  await app.close()
  await deleteTopics(admin, reports.ids())
  await Promise.all([producer.disconnect(), admin.disconnect()])
  reports.close()
})
console.log(`ready  ${await app.listen({ port: settings.port, host: '127.0.0.1' })}`)
