import type { Span } from '@opentelemetry/api'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { traced } from '@waybill/instrument'
import { extractFrom } from '@waybill/instrument/carrier'
import type { EachMessagePayload } from 'kafkajs'
import { Kafka, logLevel } from 'kafkajs'
import type { Report, Status } from '../reports-table.ts'
import { openReports } from '../reports-table.ts'
import { closeOnSignal, readSettings } from '../settings.ts'
import { publishStatus } from '../status-topic.ts'
import { doWork, handleReport } from '../work.ts'
import { withSpan } from './with-span.ts'

/*
 * report-worker, traced by its own hand: it reads the context out of the message's value.
 */
const settings = readSettings()
const groupId = `${settings.topic}-worker`
const reports = openReports(settings.database)
const kafka = new Kafka({
  clientId: 'report-worker',
  brokers: [...settings.brokers],
  logLevel: logLevel.ERROR,
})
// The topics of reports are made by report-api, and deleted by it.
const producer = kafka.producer({ allowAutoTopicCreation: false })
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })

const tracedWork = traced('doWork:{0}', doWork)
const tracedHandler = traced('handle_report', (report: Report) => handleReport(report, tracedWork))

await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topic: settings.topic, fromBeginning: true })
await consumer.run({
  // A value that is no JSON carries nothing: its span is the root of a trace of its own.
  eachMessage: payload =>
    withSpan(
      'report_consumer',
      { kind: SpanKind.CONSUMER, attributes: attributesOf(payload) },
      span => take(payload, span),
      extractFrom(payload.message.value),
    ),
})

function attributesOf({ topic, partition, message }: EachMessagePayload) {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(message.offset),
    'messaging.consumer.group.name': groupId,
    'messaging.client.id': 'report-worker',
    'messaging.kafka.message.key': String(message.key),
  }
}

async function take({ message }: EachMessagePayload, span: Span): Promise<void> {
  const report = orderedReport(message.value)
  if (report === undefined) {
    console.warn(`Offset ${message.offset} of ${settings.topic} orders no report`)
    return
  }
  await changeStatus(report.id, 'processing')
  try {
    await tracedHandler(report)
  } catch (error) {
    // The spans below hold the error itself; this one says that the message came to nothing.
    const reason = error instanceof Error ? error.message : String(error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: reason })
    console.warn(`Report ${report.id} failed: ${reason}`)
    return changeStatus(report.id, 'fail')
  }
  await changeStatus(report.id, 'done')
}

function orderedReport(value: Buffer | null): Report | undefined {
  try {
    return reports.find(String(JSON.parse(String(value)).id))
  } catch {
    return undefined
  }
}

async function changeStatus(id: string, status: Status): Promise<void> {
  reports.setStatus(id, status)
  await publishStatus(producer, { id, status })
}

closeOnSignal(async () => {
  await consumer.disconnect()
  await producer.disconnect()
  reports.close()
})
console.log('ready  report-worker')
