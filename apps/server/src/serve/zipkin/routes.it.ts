import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { tellTrace } from '@waybill/model/story'
import type { ZipkinSpan } from '@waybill/wire/zipkin'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'

const hour = 'endTs=1700003600000&lookback=3600000'
const kafka = (operation: string) => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': 'orders',
  'messaging.operation.type': operation,
})
/** Beyond what is read at once. */
const manySpans = 2500

describe("Zipkin's port", () => {
  let server: RunningServer
  let url: string
  const get = async (path: string) => {
    const reply = await fetch(url + path)
    assert.equal(reply.status, 200, path)
    return (await reply.json()) as unknown
  }

  before(async () => {
    server = await runServer()
    url = server.receiverUrl('zipkin')
    await server.send(
      tellTrace(1, [
        {
          id: 1,
          at: [0, 10],
          service: 'Shop',
          kind: 'producer',
          name: 'Send Orders',
          attributes: kafka('send'),
        },
      ]),
      tellTrace(2, [
        {
          id: 2,
          at: [1000, 1100],
          service: 'billing',
          kind: 'consumer',
          name: 'process orders',
          attributes: kafka('process'),
          links: [{ trace: 1, id: 1 }],
        },
      ]),
      tellTrace(
        3,
        Array.from({ length: manySpans }, (_, i) => ({
          id: i + 1,
          ...(i > 0 && { parent: 1 }),
          at: [2000 + i, 2001 + i] as const,
          service: 'many',
        })),
      ),
    )
  })
  after(() => server.stop())

  it('is healthy, and says what it is', async () => {
    assert.deepEqual(await get('/health'), {
      status: 'UP',
      zipkin: { status: 'UP', details: { store: { status: 'UP' } } },
    })
    assert.deepEqual(await get('/info'), {
      zipkin: { version: '3.5.1' },
      waybill: { version: '0.0.0-test' },
    })
  })

  it('answers below the path of the UI as well', async () => {
    assert.deepEqual(await get('/zipkin/api/v2/services'), await get('/api/v2/services'))
  })

  it('has spans of other clients by the names that they have', async () => {
    assert.deepEqual(await get('/api/v2/services'), ['Shop', 'billing', 'many'])
    assert.deepEqual(await get('/api/v2/spans?serviceName=Shop'), ['Send Orders'])
    const traces = await get(`/api/v2/traces?serviceName=Shop&spanName=Send%20Orders&${hour}`)
    assert.deepEqual(
      (traces as ZipkinSpan[][]).map(([span]) => [span?.name, span?.kind]),
      [['Send Orders', 'PRODUCER']],
    )
  })

  it('has the messaging system for a broker where no peer is named', async () => {
    assert.deepEqual(await get('/api/v2/remoteServices?serviceName=billing'), ['kafka'])
    assert.deepEqual(await get(`/api/v2/dependencies?${hour}`), [
      { parent: 'Shop', child: 'kafka', callCount: 1 },
      { parent: 'kafka', child: 'billing', callCount: 1 },
    ])
    const found = await get(`/api/v2/traces?serviceName=billing&remoteServiceName=kafka&${hour}`)
    assert.equal((found as unknown[]).length, 1)
  })

  it('takes the whole of time', async () => {
    const ever = 'endTs=9223372036854775807&lookback=9223372036854775807'
    assert.equal(((await get(`/api/v2/dependencies?${ever}`)) as unknown[]).length, 2)
    assert.equal(((await get(`/api/v2/traces?${ever}`)) as unknown[]).length, 3)
    const refused = await fetch(`${url}/api/v2/traces?endTs=9223372036854775808`)
    assert.equal(refused.status, 400)
  })

  it('writes a large trace as it reads it', async () => {
    const spans = (await get('/api/v2/trace/3')) as ZipkinSpan[]
    assert.equal(new Set(spans.map(span => span.id)).size, manySpans)
    const head = await fetch(`${url}/api/v2/trace/3`, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
  })

  it('has several traces in the order in which they are asked for', async () => {
    const traces = (await get('/api/v2/traceMany?traceIds=2,1,7')) as ZipkinSpan[][]
    assert.deepEqual(
      traces.map(([span]) => span?.traceId),
      ['0000000000000002', '0000000000000001'],
    )
  })
})
