import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuarded, untilLine } from '@waybill/brokers'
import { createTopics } from '@waybill/brokers/topics'
import { Kafka, logLevel } from 'kafkajs'
import type { TestSystem } from './testing/waybill.ts'
import { eventsOf, newestTrace, outline, spanNamed, startSystem, tagsOf } from './testing/waybill.ts'

let system: TestSystem

before(async () => {
  system = await startSystem()
})
after(() => system.stop())

test('programs of 2022, OpenTelemetry 1 and its Jaeger exporter, show their trace unchanged', async () => {
  const topic = `article-${randomUUID()}`
  const admin = new Kafka({ brokers: [...system.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await createTopics(admin, [{ topic }])
  await admin.disconnect()
  const start = (program: string) =>
    runGuarded({
      command: process.execPath,
      args: [fileURLToPath(new URL(`./testing/article/${program}.cjs`, import.meta.url))],
      env: {
        KAFKA_BROKERS: system.brokers.join(','),
        KAFKAJS_NO_PARTITIONER_WARNING: '1',
        TOPIC: topic,
        JAEGER_ENDPOINT: `${system.jaegerUrl}/api/traces`,
        OTEL_BSP_SCHEDULE_DELAY: '200',
      },
      graceMs: 5000,
    })
  const programs = [start('service'), start('consumer')]
  try {
    const [ready = []] = await Promise.all(programs.map(program => untilLine(program, /^ready\s/, 30_000)))
    const url = ready.at(-1)?.replace(/^ready +/, '')
    assert.equal((await fetch(`${url}/api/report`)).status, 200)
    const trace = await newestTrace(system.waybillUrl, 'service', 14)
    assert.deepEqual(outline(trace), [
      'service report_request',
      '  service report_producer',
      '    consumer report_consumer',
      '      consumer handle_report',
      ...Array.from({ length: 10 }, (_, step) => `        consumer doWork:${step}`),
    ])
    const failed = spanNamed(trace, 'doWork:5')
    assert.equal(tagsOf(failed)['error'], true)
    const [exception, log] = eventsOf(failed)
    assert.equal(exception?.['exception.message'], 'doWork:5 error')
    assert.equal(log?.['log.message'], 'doWork:5 error')
  } finally {
    for (const program of programs) await program.end()
  }
})
