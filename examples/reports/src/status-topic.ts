import type { Admin, Kafka, Producer } from 'kafkajs'
import type { Status } from './reports-table.ts'

/** A change of a report's status, as it travels on the report's own topic. */
export interface StatusChange {
  readonly id: string
  readonly status: Status
}

/** Kafka's topic names have no slash, so what could be `reports/{id}` is `reports.{id}`. */
export function statusTopic(id: string): string {
  return `reports.${id}`
}

export function isFinal(status: Status): boolean {
  return status === 'done' || status === 'fail'
}

export async function publishStatus(producer: Producer, change: StatusChange): Promise<void> {
  await producer.send({
    topic: statusTopic(change.id),
    messages: [{ key: change.id, value: JSON.stringify(change) }],
  })
}

/** Listens to one report's topic, from its beginning. Returns what ends it. */
export async function followStatus(
  kafka: Kafka,
  admin: Admin,
  id: string,
  onChange: (change: StatusChange) => void,
): Promise<() => Promise<void>> {
  const groupId = `page-${id}-${process.hrtime.bigint()}`
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: statusTopic(id), fromBeginning: true })
  await consumer.run({
    async eachMessage({ message }) {
      onChange(JSON.parse(String(message.value)) as StatusChange)
    },
  })
  return async () => {
    await consumer.disconnect()
    await admin.deleteGroups([groupId])
  }
}
