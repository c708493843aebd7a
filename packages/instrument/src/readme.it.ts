import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Attributes } from '@opentelemetry/api'
import { SpanKind } from '@opentelemetry/api'
import { patchHttpClients } from './clients/http/client.ts'
import { patchHttpServers } from './clients/http/server.ts'
import { processEach } from './index.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { testKafka } from './testing/kafka.ts'
import { documentedAttributes, typeName } from './testing/readme.ts'
import { until } from './testing/until.ts'

const spans = collectSpans()
const kafka = testKafka()

test('the README lists every attribute that is emitted, with its type, and no other', async () => {
  const topic = await kafka.topic()
  const rules = [{ destination: topic, template: 'topic-{id}' }]
  const hook = (): never => {
    throw new Error('a hook that fails')
  }
  const producer = await kafka.producer({ rules, onSend: hook })
  const headers = {
    'waybill-attempt': '2',
    'waybill-dead-letter-destination': 'orders',
    'waybill-dead-letter-partition': '3',
    'waybill-dead-letter-offset': '7',
    'waybill-dead-letter-reason': 'TooEarly',
  }
  await producer.send({ topic, messages: [{ key: 'k', value: null, headers }] })
  const bulk = await kafka.producer({ rules, sends: 'bulk' })
  await bulk.send({ topic, messages: [{ value: 'v' }, { value: 'v' }] })
  await producer.send({ topic, acks: 7, messages: [{ value: '' }] }).catch(() => {})
  let attempts = 0
  const consumer = await kafka.consume(
    [topic],
    {
      eachBatch: ({ batch }) =>
        processEach(batch, () => {
          if (++attempts === 1) throw new Error('once')
        }),
    },
    {
      tracing: {
        rules,
        onReceive: hook,
        onProcess: hook,
      },
    },
  )
  await until('two batches', () => spans.named('poll topic-{id}').length === 2)
  await consumer.commitOffsets([{ topic, partition: 0, offset: '1' }])
  await assert.rejects(consumer.commitOffsets([{ topic, partition: 7, offset: '1' }]))

  patchHttpServers({ rules: [{ route: '/' }] })
  patchHttpClients({ rules: [{ route: '/' }] })
  const server = createServer((_, response) => void response.writeHead(500).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (const method of ['GET', 'PROPFIND']) await (await fetch(url, { method })).text()
  await until('the requests', () => spans.named('GET /').length + spans.named('HTTP /').length === 4)
  server.close()

  const emitted = new Map<string, Map<string, string>>()
  const note = (column: string, attributes: Attributes | undefined): void => {
    const found = emitted.get(column) ?? new Map<string, string>()
    for (const [name, value] of Object.entries(attributes ?? {})) found.set(name, typeName(value))
    emitted.set(column, found)
  }
  for (const span of spans.all()) {
    const operation = span.attributes['messaging.operation.name']
    const request = span.kind === SpanKind.SERVER ? 'request' : 'call'
    note(operation === undefined ? request : String(operation), span.attributes)
    if (operation === 'poll') for (const link of span.links) note('links of poll', link.attributes)
  }
  const stated = await documentedAttributes(/^## Attributes of/)
  assert.deepEqual([...stated.keys()].sort(), [...emitted.keys()].sort())
  for (const [column, types] of stated) {
    const found = emitted.get(column) ?? new Map<string, string>()
    assert.deepEqual([...types.keys()].sort(), [...found.keys()].sort(), column)
    for (const [name, type] of types)
      assert.equal(type.split(/[:,;]/)[0], found.get(name), `${column}: ${name}`)
  }
})
