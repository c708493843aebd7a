import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaBroker } from '@waybill/brokers'
import { startKafka, Unavailable } from '@waybill/brokers'
import { outline } from '@waybill/example-testing/traces'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import { Kafka, logLevel } from 'kafkajs'
import type { RunningFanOut } from './start.ts'
import { startFanOut } from './start.ts'
import { runBrave } from './testing/brave.ts'

let kafka: KafkaBroker
let waybill: TestWaybill
let fanOut: RunningFanOut
const stops: (() => Promise<void>)[] = []
before(async () => {
  kafka = await startKafka()
  stops.push(() => kafka.stop())
  waybill = await startWaybill()
  stops.push(() => waybill.stop())
  fanOut = await startFanOut({
    kafkaBrokers: kafka.brokers,
    waybillUrl: waybill.url,
    zipkinEndpoint: `${waybill.zipkinUrl}/api/v2/spans`,
    port: 0,
  })
  stops.push(() => fanOut.stop())
})
after(async () => {
  for (const stop of stops.reverse()) await stop()
})

/** The two consumers do not wait for each other: their branches by name. */
function branches(lines: readonly string[]): readonly string[] {
  const [root = '', ...rest] = lines
  const pairs = [rest.slice(0, 2), rest.slice(2, 4), ...rest.slice(4).map(line => [line])]
  return [root, ...pairs.sort((a, b) => String(a).localeCompare(String(b))).flat()]
}

const tree = [
  'producer1 send',
  '  consumer1 poll',
  '    consumer1 dosomething',
  '  consumer2 poll',
  '    consumer2 dosomething',
]

/** Zipkin has no word for work within a service. */
const kinds = ['consumer', 'consumer', 'producer', 'unspecified', 'unspecified']

test('every record is a trace: sent once, polled by two groups, each of which does something', async () => {
  const answer = await fetch(`${fanOut.url}/produce/3`)
  assert.deepEqual(await answer.json(), { produced: 3 })
  const ids = await waybill.find('service:producer1', 3)
  assert.equal(ids.length, 3)
  for (const id of ids) {
    const trace = await waybill.trace(id, 5)
    assert.deepEqual(branches(outline(trace)), tree)
    assert.deepEqual(trace.trace.spans.map(({ kind }) => kind).sort(), kinds)
    assert.deepEqual(
      trace.messages.map(({ facts, tie }) => [facts.destination, facts.consumerGroup, tie]).sort(),
      [
        ['testTopic', 'zipkin-consumer1', 'parent'],
        ['testTopic', 'zipkin-consumer2', 'parent'],
      ],
    )
  }
})

test("the article's own program, in Java with Brave, gives the same trees", async t => {
  const before = new Set(await waybill.find('service:producer1', 0))
  try {
    const zipkinEndpoint = `${waybill.zipkinUrl}/api/v2/spans`
    await runBrave({ brokers: kafka.brokers, topic: 'testTopic.java', zipkinEndpoint, records: 3 })
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return t.skip(error.message)
  }
  const ids = (await waybill.find('service:producer1', before.size + 3)).filter(id => !before.has(id))
  assert.equal(ids.length, 3)
  for (const id of ids) {
    const trace = await waybill.trace(id, 5)
    assert.deepEqual(branches(outline(trace)), tree)
    assert.deepEqual(trace.trace.spans.map(({ kind }) => kind).sort(), kinds)
  }
})

test('a record that cannot be dealt with: its span says so and ends, and the next record is taken', async () => {
  const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
  const producer = client.producer()
  await producer.connect()
  const ids = ['b', 'c'].map(digit => digit.repeat(32))
  const messages = ids.map((id, i) => ({
    value: i === 0 ? '' : 'This is a test message.',
    partition: 0,
    headers: { b3: `${id}-${'a'.repeat(16)}-1` },
  }))
  await producer.send({ topic: 'testTopic', messages })
  await producer.disconnect()
  const [failed, next] = await Promise.all(ids.map(id => waybill.trace(id, 4)))
  const errors = (answer: typeof failed) =>
    answer?.trace.spans.filter(({ name, status }) => name === 'dosomething' && status.code === 'error').length
  assert.deepEqual([errors(failed), errors(next)], [2, 0])
})

test('records that carry no context share the span of the batch they came with', async () => {
  const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING })
  const producer = client.producer()
  await producer.connect()
  const messages = ['a', 'b', 'c'].map(value => ({ value, partition: 0 }))
  await producer.send({ topic: 'testTopic', messages })
  await producer.disconnect()
  const shared = await untilShared()
  for (const service of ['consumer1', 'consumer2']) {
    const record = [`  ${service} poll`, `    ${service} dosomething`]
    assert.deepEqual(shared.get(service), [`${service} poll batch`, ...record, ...record, ...record])
  }
})

/** The traces of batches that hold records, by service, once there are those of both consumers, whole. */
async function untilShared(): Promise<ReadonlyMap<string, readonly string[]>> {
  for (;;) {
    const ids = await waybill.find('name:"poll batch"', 2)
    const outlines = await Promise.all(ids.map(async id => outline(await waybill.trace(id, 1))))
    const whole = outlines.filter(({ length }) => length === 7)
    if (whole.length >= 2) return new Map(whole.map(lines => [lines[0]?.split(' ')[0] ?? '', lines]))
    await delay(100)
  }
}

test('what is no number of records is refused', async () => {
  for (const n of ['0', '1001', '-1', '1.5', 'x', '%00'])
    assert.equal((await fetch(`${fanOut.url}/produce/${n}`)).status, 400, n)
  assert.equal((await fetch(`${fanOut.url}/produce/1000`)).status, 200)
})

test('the page and its facts', async () => {
  const page = await fetch(`${fanOut.url}/`)
  assert.equal(page.headers.get('content-type'), 'text/html')
  assert.match(await page.text(), /Two groups/)
  assert.deepEqual(await (await fetch(`${fanOut.url}/page.json`)).json(), { waybillUrl: waybill.url })
  assert.equal((await fetch(`${fanOut.url}/favicon.ico`)).status, 204)
})
