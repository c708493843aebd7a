import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { Kafka, logLevel } from 'kafkajs'
import type { RunningReports, Variant } from './start.ts'
import { startReports } from './start.ts'
import type { StatusChange } from './status-topic.ts'
import type { JaegerTrace, TestSystem } from './testing/waybill.ts'
import { eventsOf, outline, spanNamed, startSystem, tagsOf, traceOf } from './testing/waybill.ts'

let system: TestSystem
let reports: RunningReports
const lines: string[] = []

before(async () => {
  system = await startSystem()
  reports = await startReports({
    kafkaBrokers: system.brokers,
    waybillUrl: system.waybillUrl,
    otlpEndpoint: system.otlpUrl,
    port: 0,
    variants: ['headers', 'value'],
    onLine: line => lines.push(line),
  })
})
after(async () => {
  await reports.stop()
  await system.stop()
})

const topics = { headers: 'report', value: 'report-value' } as const

interface Ordered {
  readonly id: string
  readonly traceId: string
  readonly statuses: readonly string[]
}

/** Orders a report and follows it to its end, as the page does. */
async function order(variant: Variant, init: RequestInit, query = ''): Promise<Ordered> {
  const url = reports.urls[variant]
  const answer = await fetch(`${url}/api/report${query}`, init)
  const { id, status } = (await answer.json()) as StatusChange
  const stream = await fetch(`${url}/api/report/${id}/events`)
  const changes = [...(await stream.text()).matchAll(/^data: (.*)$/gm)].map(([, data = '']) =>
    JSON.parse(data),
  )
  return {
    id,
    traceId: answer.headers.get('traceresponse')?.split('-')[1] ?? '',
    statuses: [status, ...changes.map((change: StatusChange) => change.status)],
  }
}

const wholeTrace = [
  'report-api report_request',
  '  report-api report_producer',
  '    report-worker report_consumer',
  '      report-worker handle_report',
  ...Array.from({ length: 10 }, (_, step) => `        report-worker doWork:${step}`),
]

function errorsOf(trace: JaegerTrace): readonly string[] {
  return trace.spans.filter(span => tagsOf(span)['error'] === true).map(span => span.operationName)
}

for (const variant of ['headers', 'value'] as const) {
  test(`context in the ${variant}: one trace from the request to the tenth step`, async () => {
    const { id, traceId, statuses } = await order(variant, { method: 'GET' })
    assert.deepEqual(statuses.slice(-1), ['done'])
    const trace = await traceOf(system.waybillUrl, traceId, 14)
    assert.deepEqual(outline(trace), wholeTrace)
    assert.deepEqual(errorsOf(trace), [])
    const kinds = trace.spans.slice(0, 4).map(span => tagsOf(span)['span.kind'])
    assert.deepEqual(kinds.slice(0, 3), ['server', 'producer', 'consumer'])
    const sent = tagsOf(spanNamed(trace, 'report_producer'))
    const received = tagsOf(spanNamed(trace, 'report_consumer'))
    for (const tags of [sent, received]) {
      assert.equal(tags['messaging.system'], 'kafka')
      assert.equal(tags['messaging.destination.name'], topics[variant])
      assert.equal(tags['messaging.kafka.message.key'], id)
    }
    assert.equal(sent['messaging.operation.type'], 'send')
    assert.equal(received['messaging.operation.type'], 'process')
    assert.equal(received['messaging.consumer.group.name'], `${topics[variant]}-worker`)
    assert.match(String(sent['messaging.destination.partition.id']), /^[012]$/)
    assert.equal(received['messaging.destination.partition.id'], sent['messaging.destination.partition.id'])
    assert.equal(typeof sent['messaging.kafka.offset'], 'number')
    assert.equal(received['messaging.kafka.offset'], sent['messaging.kafka.offset'])
  })

  test(`context in the ${variant}: the time in the queue is a segment of its own`, async () => {
    const { id, traceId } = await order(variant, { method: 'POST' })
    const trace = await traceOf(system.waybillUrl, traceId, 14)
    const answer = await fetch(`${system.waybillUrl}${apiPaths.trace(traceId)}`)
    const { messages } = (await answer.json()) as TraceResponse
    const [message, ...more] = messages
    assert.deepEqual(more, [])
    assert.equal(message?.tie, 'parent')
    assert.equal(message.producer.spanId, spanNamed(trace, 'report_producer').spanID)
    assert.equal(message.consumer.spanId, spanNamed(trace, 'report_consumer').spanID)
    assert.equal(message.facts.destination, topics[variant])
    assert.equal(message.facts.key, id)
    assert.match(`${message.facts.partition}@${message.facts.offset}`, /^[012]@\d+$/)
    assert.equal(message.waitedNano, Number(BigInt(message.receivedUnixNano) - BigInt(message.sentUnixNano)))
  })

  test(`context in the ${variant}: a failed step is marked, and seen on the way up`, async () => {
    const { id, traceId, statuses } = await order(variant, { method: 'POST' }, '?fail=5')
    assert.deepEqual(statuses.slice(-1), ['fail'])
    const trace = await traceOf(system.waybillUrl, traceId, 14)
    assert.deepEqual(outline(trace), wholeTrace)
    assert.deepEqual(errorsOf(trace), ['report_consumer', 'handle_report', 'doWork:5'])
    const events = trace.spans.flatMap(eventsOf)
    assert.deepEqual(
      events.map(event => [event['event'], event['exception.message']]),
      [['exception', `service 5 gave no figures for report ${id}`]],
    )
    assert.equal(eventsOf(spanNamed(trace, 'doWork:5')).length, 1)
  })

  test(`context in the ${variant}: messages that order nothing are passed over`, async () => {
    const kafka = new Kafka({ brokers: [...system.brokers], logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    const values = ['no JSON', 'null', '7', '{}', '{"id":"gone"}', null]
    await producer.send({
      topic: topics[variant],
      messages: values.map(value => ({ key: 'same partition', value })),
    })
    await producer.disconnect()
    const { statuses } = await order(variant, { method: 'POST' })
    assert.deepEqual(statuses.slice(-1), ['done'])
    const passedOver = lines.filter(
      line => line.includes(`(${variant})`) && line.includes('orders no report'),
    )
    assert.equal(passedOver.length, values.length)
  })
}

test('the status goes from init over processing to done, or to fail, in the table as on the topic', async () => {
  // Asked for at once, so that the later ones are followed long before they are made.
  const ordered = await Promise.all(
    ['', '?fail=0', ''].map(query => order('headers', { method: 'POST' }, query)),
  )
  for (const { id, statuses } of ordered) {
    assert.match(statuses.join(), /^init(,processing)?,(done|fail)$/)
    const stored = await (await fetch(`${reports.urls.headers}/api/report/${id}`)).json()
    assert.equal((stored as StatusChange).status, statuses.at(-1))
  }
  assert.deepEqual(
    ordered.map(({ statuses }) => statuses.at(-1)),
    ['done', 'fail', 'done'],
  )
  assert.ok(ordered.some(({ statuses }) => statuses.includes('processing')))
})

test('reports that are asked for at once keep their traces apart', async () => {
  const ordered = await Promise.all(
    Array.from({ length: 6 }, (_, i) => order(i % 2 === 0 ? 'headers' : 'value', { method: 'POST' })),
  )
  assert.equal(new Set(ordered.map(({ traceId }) => traceId)).size, 6)
  for (const { traceId } of ordered)
    assert.deepEqual(outline(await traceOf(system.waybillUrl, traceId, 14)), wholeTrace)
})

test('the page, its facts, and what is not there', async () => {
  const url = reports.urls.headers
  const page = await fetch(`${url}/`)
  assert.equal(page.headers.get('content-type'), 'text/html')
  assert.match(await page.text(), /Create a report/)
  assert.deepEqual(await (await fetch(`${url}/page.json`)).json(), {
    variant: 'headers',
    waybillUrl: system.waybillUrl,
    otherUrl: reports.urls.value,
  })
  for (const path of ['/api/report/none', '/api/report/none/events'])
    assert.equal((await fetch(`${url}${path}`)).status, 404)
})

test('ending the services ends them all, and takes the topics of the reports with them', async () => {
  const url = reports.urls.headers
  const { id } = (await (await fetch(`${url}/api/report`, { method: 'POST' })).json()) as StatusChange
  const admin = new Kafka({ brokers: [...system.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  assert.ok((await admin.listTopics()).includes(`reports.${id}`))
  const open = await fetch(`${url}/api/report/${id}/events`)
  await reports.stop()
  await open.text().catch(() => {})
  assert.equal((await admin.listTopics()).includes(`reports.${id}`), false)
  await admin.disconnect()
  await assert.rejects(fetch(`${url}/`))
})
