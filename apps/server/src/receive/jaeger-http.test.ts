import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { encodeJaegerBatch } from '@waybill/wire/jaeger'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { startJaegerHttp } from './jaeger-http.ts'

interface Bench extends CollectingDoor {
  readonly url: string
  post(body: Uint8Array, headers?: Record<string, string>): Promise<Response>
}

const thrift = { 'content-type': 'application/x-thrift' }

function batch(...names: readonly string[]): Uint8Array {
  return encodeJaegerBatch({
    process: { serviceName: 'shop' },
    spans: names.map((operationName, index) => ({
      traceIdLow: 1n,
      traceIdHigh: 2n,
      spanId: BigInt(index + 1),
      parentSpanId: 0n,
      operationName,
      flags: 1,
      startTime: 1_763_640_000_000_000n,
      duration: 5n,
    })),
  })
}

async function bench(t: TestContext, options: DoorOptions & { maxBodyBytes?: number } = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const receiver = await startJaegerHttp({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'error', format: 'text' }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    host: '127.0.0.1',
    port: 0,
    name: 'jaeger-http',
    purpose: "Jaeger's thrift over HTTP",
    setting: 'jaegerHttp.port',
  })
  t.after(async () => {
    await receiver.close()
    await door.close()
  })
  const url = `${receiver.url}/api/traces`
  const post = (body: Uint8Array, headers: Record<string, string> = thrift): Promise<Response> =>
    fetch(`${url}?format=jaeger.thrift`, { method: 'POST', body: Buffer.from(body), headers })
  return { ...door, url, post }
}

test('a batch is stored and answered by 202 without a body, under both names of its type', async t => {
  const { post, names, counts } = await bench(t)
  const first = await post(batch('a', 'b'))
  assert.equal(first.status, 202)
  assert.equal(await first.text(), '')
  const other = {
    'content-type': 'application/vnd.apache.thrift.binary; charset=x',
    'content-encoding': 'gzip',
  }
  assert.equal((await post(gzipSync(batch('c')), other)).status, 202)
  assert.equal((await post(batch())).status, 202)
  assert.deepEqual(await names(), ['a', 'b', 'c'])
  assert.deepEqual(await counts(), { 'requests accepted': 3, 'spans accepted': 3 })
})

test('what is no batch is 400 with a reason as text, and neighbours are unharmed', async t => {
  const { post, names, counts } = await bench(t)
  assert.equal((await post(batch('before'))).status, 202)
  for (const [body, headers, reason] of [
    [batch('a').subarray(0, -3), thrift, /byte \d+/],
    [Buffer.from('garbage'), thrift, /byte \d+/],
    [batch('a'), { 'content-type': 'application/json' }, /Content-Type is application\/json/],
    [batch('a'), { ...thrift, 'content-encoding': 'gzip' }, /not gzip/],
  ] as const) {
    const response = await post(body, headers)
    assert.equal(response.status, 400)
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.match(await response.text(), reason)
  }
  assert.equal((await post(batch('after'))).status, 202)
  assert.deepEqual(await names(), ['before', 'after'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests bad_thrift': 2,
    'requests unsupported_type': 1,
    'requests bad_compression': 1,
    'spans accepted': 2,
  })
})

test('a body of exactly the limit is taken, one byte more is refused', async t => {
  const body = batch('a')
  const exact = await bench(t, { maxBodyBytes: body.length })
  assert.equal((await exact.post(body)).status, 202)
  const over = await bench(t, { maxBodyBytes: body.length - 1 })
  assert.equal((await over.post(body)).status, 413)
})

test('a full spool answers 429 with Retry-After', async t => {
  const { post } = await bench(t, { freeBytes: 10 })
  const response = await post(batch('a'))
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('retry-after'), '1')
})

test('other methods and paths are told what to use', async t => {
  const { url } = await bench(t)
  const got = await fetch(url)
  assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST'])
  assert.equal((await fetch(`${url}/x`)).status, 404)
  const undecodable = await fetch(`${url}/%ff`)
  assert.equal(undecodable.status, 400)
  assert.match(undecodable.headers.get('content-type') ?? '', /^text\/plain/)
})
