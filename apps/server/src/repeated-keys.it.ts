import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { apiPaths } from '@waybill/api'
import type { KeyValue } from '@waybill/model'
import { encodeJaegerBatch } from '@waybill/wire/jaeger'
import { runServer } from './serve/test-server.ts'

/* What becomes of a key that a span has twice, from each way in to each way out: docs/receivers.md. */

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })
const number = (key: string, value: number): KeyValue => ({ key, value: { intValue: String(value) } })

const ids = { jaeger: '11', zipkin: '12', otlp: '13' } as const
const startMicros = Date.now() * 1000

async function runWithSpans(t: TestContext) {
  const server = await runServer()
  t.after(server.stop)
  const jaeger = await fetch(`${server.receiverUrl('jaeger-http')}/api/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-thrift' },
    body: Buffer.from(
      encodeJaegerBatch({
        process: { serviceName: 'jaeger' },
        spans: [
          {
            traceIdHigh: 0n,
            traceIdLow: 0x11n,
            spanId: 1n,
            parentSpanId: 0n,
            operationName: 'twice',
            flags: 1,
            startTime: BigInt(startMicros),
            duration: 5n,
            tags: [
              { key: 'k', vStr: 'first' },
              { key: 'n', vLong: 1n },
              { key: 'k', vStr: 'second' },
              { key: 'n', vLong: 9n },
            ],
          },
        ],
      }),
    ),
  })
  assert.equal(jaeger.status, 202)
  const zipkin = `[{"traceId":"12","id":"1","name":"twice","timestamp":${startMicros},"duration":5,
    "localEndpoint":{"serviceName":"zipkin"},"tags":{"k":"first","n":"1","k":"second","n":"9"}}]`
  await server.post(server.receiverUrl('zipkin'), zipkin, 2)
  const attributes = [text('k', 'first'), number('n', 1), text('k', 'second'), number('n', 9)]
  const messages = ['system', 'destination.name'].flatMap(name =>
    ['first', 'second'].map(value => text(`messaging.${name}`, value)),
  )
  const startTimeUnixNano = `${startMicros}000`
  await server.sendRequest({
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'otlp-first'), text('service.name', 'otlp')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: ids.otlp.padStart(32, '0'),
                spanId: '1'.padStart(16, '0'),
                name: 'twice',
                kind: 4,
                startTimeUnixNano,
                endTimeUnixNano: startTimeUnixNano,
                attributes: [...attributes, ...messages],
              },
            ],
          },
        ],
      },
    ],
  })
  const get = async (url: string) => (await fetch(url)).json() as Promise<unknown>
  return { server, get }
}

interface Native {
  readonly trace: {
    readonly spans: readonly { readonly attributes: readonly KeyValue[]; readonly service: string }[]
  }
}
interface Jaeger {
  readonly data: readonly {
    readonly spans: readonly { readonly tags: readonly { key: string; value: unknown }[] }[]
  }[]
}
type Zipkin = readonly { readonly tags: Readonly<Record<string, string>> }[]

test('a key that a span has twice', { timeout: 120_000 }, async t => {
  const { server, get } = await runWithSpans(t)
  const isOurs = ({ key }: { readonly key: string }): boolean => key === 'k' || key === 'n'

  for (const [way, id] of Object.entries(ids))
    await t.test(`from ${way}: all values are kept, and Zipkin's API tells the last`, async () => {
      const whole = id.padStart(32, '0')
      const native = (await get(server.url + apiPaths.trace(whole))) as Native
      const [span] = native.trace.spans
      const n = (value: number) => (way === 'zipkin' ? text('n', String(value)) : number('n', value))
      const sent = [text('k', 'first'), n(1), text('k', 'second'), n(9)]
      assert.deepEqual(span?.attributes.filter(isOurs), sent)
      assert.equal(span?.service, way)
      const jaeger = (await get(`${server.url}/api/traces/${whole}`)) as Jaeger
      const tags = jaeger.data[0]?.spans[0]?.tags.filter(isOurs).map(({ key, value }) => `${key}=${value}`)
      assert.deepEqual(tags, ['k=first', 'k=second', 'n=1', 'n=9'])
      const [told] = (await get(
        `${server.receiverUrl('zipkin')}/api/v2/trace/${id.padStart(16, '0')}`,
      )) as Zipkin
      assert.deepEqual([told?.tags['k'], told?.tags['n']], ['second', '9'])
    })

  await t.test(
    'a search for one of the values finds the span; what compares looks at the first',
    async () => {
      const found = async (query: string): Promise<number> => {
        const answer = await get(`${server.url}${apiPaths.traces}?q=${encodeURIComponent(query)}`)
        return (answer as { readonly traces: readonly unknown[] }).traces.length
      }
      for (const query of ['k=first', 'k=second', 'n=1', 'n=9', 'n in (7,9)', 'has:n', 'n<5', 'n<=1', 'n!=9'])
        assert.equal(await found(query), 3, query)
      for (const query of ['n>5', 'n>=9', 'n!=1', 'k:sec*']) assert.equal(await found(query), 0, query)
    },
  )

  await t.test('where one value is meant, the last counts', async () => {
    const answer = await get(`${server.url}${apiPaths.messages}?q=service:otlp`)
    const [message] = (answer as { readonly messages: readonly { readonly facts: unknown }[] }).messages
    assert.deepEqual(message?.facts, { system: 'second', destination: 'second', operation: 'send' })
  })
})
