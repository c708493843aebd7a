import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testKafka } from '../../testing/kafka.ts'
import { platformaticVersions } from '../../testing/platformatic.ts'
import { programFolder, run, runTraced } from '../../testing/program.ts'
import { testReceiver } from '../../testing/receiver.ts'

const kafka = testKafka()
const receiver = testReceiver()

const clients = `
  const bootstrapBrokers = process.env.BROKERS.split(',')
  const topic = process.env.TOPIC
  const producer = new Producer({ clientId: 'shop', bootstrapBrokers, serializers: stringSerializers })
`
/** What every variant does once it has the classes: send a message, and read it. */
const work = `
  await producer.send({ messages: [{ topic, key: 'k', value: 'v' }] })
  await producer.close()
  const consumer = new Consumer({ groupId: topic, clientId: 'shop', bootstrapBrokers, maxWaitTime: 100 })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  for await (const message of stream) {
    await message.commit()
    break
  }
  await consumer.close()
`
const names = 'Producer, Consumer, stringSerializers'

async function spansOf(source: string, isTracedEarly = true) {
  const topic = await kafka.topic()
  const folder = await programFolder({ 'app.mjs': source })
  receiver.spans.length = 0
  const options = {
    env: { BROKERS: kafka.brokers.join(','), TOPIC: topic, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
  }
  const outcome = isTracedEarly
    ? await runTraced(folder, 'app.mjs', options)
    : await run(folder, ['app.mjs'], options)
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.doesNotMatch(outcome.stderr, /WaybillInstrument/)
  return { topic, spans: [...receiver.spans] }
}

for (const version of platformaticVersions) {
  const programs = {
    'a named import': `import { ${names} } from '${version}'\n${clients}${work}`,
    'a dynamic import': `const { ${names} } = await import('${version}')\n${clients}${work}`,
    'a class that extends the client’s': `
      import { Producer as Base, Consumer, stringSerializers } from '${version}'
      class Producer extends Base { send(...given) { return super.send(...given) } }
      ${clients}${work}`,
  }
  for (const [name, source] of Object.entries(programs)) {
    test(`zero-code start traces ${version} by ${name}`, async () => {
      const { topic, spans } = await spansOf(source)
      const [sent, polled, committed, processed, ...more] = [
        ...spans.filter(span => span.name === `send ${topic}`),
        ...spans.filter(span => span.name === `poll ${topic}`),
        ...spans.filter(span => span.name === `commit ${topic}`),
        ...spans.filter(span => span.name === `process ${topic}`),
      ]
      assert.deepEqual(more, [])
      assert.equal(spans.length, 4)
      assert.equal(processed?.parentSpanId, sent?.spanId)
      assert.equal(committed?.parentSpanId, processed?.spanId)
      assert.equal(polled?.links[0]?.spanId, sent?.spanId)
    })
  }

  test(`a producer of ${version} that was made before the start is traced from its second send on`, async () => {
    const { topic, spans } = await spansOf(
      `import { ${names} } from '${version}'
      ${clients}
      await import('@waybill/instrument/register')
      await producer.send({ messages: [{ topic, key: 'k', value: 'before' }] })
      ${work}`,
      false,
    )
    assert.equal(spans.filter(span => span.name === `send ${topic}`).length, 1)
    assert.equal(spans.filter(span => span.name === `process ${topic}`).length, 1)
  })
}
