import { Kafka, logLevel } from 'kafkajs'
import type { Report, Status } from '../reports-table.ts'
import { openReports } from '../reports-table.ts'
import { closeOnSignal, readSettings } from '../settings.ts'
import { publishStatus } from '../status-topic.ts'
import { handleReport } from '../work.ts'

/*
 * report-worker: makes the reports that are ordered on the topic. No line of tracing in here either.
 */
const settings = readSettings()
const reports = openReports(settings.database)
const kafka = new Kafka({
  clientId: 'report-worker',
  brokers: [...settings.brokers],
  logLevel: logLevel.ERROR,
})
// The topics of reports are made by report-api, and deleted by it.
const producer = kafka.producer({ allowAutoTopicCreation: false })
const consumer = kafka.consumer({ groupId: `${settings.topic}-worker`, maxWaitTimeInMs: 100 })

await Promise.all([producer.connect(), consumer.connect()])
await consumer.subscribe({ topic: settings.topic, fromBeginning: true })
await consumer.run({
  async eachMessage({ message }) {
    const report = orderedReport(message.value)
    if (report === undefined) console.warn(`Offset ${message.offset} of ${settings.topic} orders no report`)
    else await makeReport(report)
  },
})

/** The report that a message orders; undefined for a message that is not ours, or no JSON at all. */
function orderedReport(value: Buffer | null): Report | undefined {
  try {
    return reports.find(String(JSON.parse(String(value)).id))
  } catch {
    return undefined
  }
}

/** A report that fails is a result, not an accident: its message has been dealt with. */
async function makeReport(report: Report): Promise<void> {
  await changeStatus(report.id, 'processing')
  try {
    await handleReport(report)
  } catch (error) {
    console.warn(`Report ${report.id} failed: ${error instanceof Error ? error.message : error}`)
    return changeStatus(report.id, 'fail')
  }
  await changeStatus(report.id, 'done')
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
