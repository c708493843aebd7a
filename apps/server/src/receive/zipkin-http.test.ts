import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import type { SampleSpan } from '@waybill/wire/samples'
import { sampleSpan, zipkinJson, zipkinJsonV1, zipkinProtobuf, zipkinThrift } from '@waybill/wire/samples'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { startZipkinPort } from '../zipkin-port.ts'
import { zipkinGrpc } from './zipkin-grpc.ts'
import { zipkinReceiver } from './zipkin-http.ts'

interface Bench extends CollectingDoor {
  readonly url: string
  post(path: string, body: Uint8Array, headers?: Record<string, string>): Promise<Response>
}

const v1 = '/api/v1/spans'
const v2 = '/api/v2/spans'
const json = { 'content-type': 'application/json' }
const protobuf = { 'content-type': 'application/x-protobuf' }
const thrift = { 'content-type': 'application/x-thrift' }
const spans = (...names: readonly string[]): readonly SampleSpan[] =>
  names.map((name, index) => sampleSpan({ name, spanId: `${index + 1}`.padStart(16, '0') }))

async function bench(t: TestContext, options: DoorOptions & { maxBodyBytes?: number } = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const named = { name: 'zipkin', purpose: 'Zipkin', setting: 'zipkin.port' }
  const receiving = {
    ...named,
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'error', format: 'text' }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    corsOrigins: ['http://localhost:*'],
  }
  const port = await startZipkinPort({
    ...named,
    host: '127.0.0.1',
    port: 0,
    plugins: [app => zipkinReceiver(app, receiving)],
    http2: zipkinGrpc(receiving),
  })
  t.after(async () => {
    await port.close()
    await door.close()
  })
  const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(port.url + path, { method: 'POST', body: Buffer.from(body), headers })
  return { ...door, url: port.url, post }
}

test('every format is stored and answered by 202 without a body', async t => {
  const { post, names, counts } = await bench(t)
  for (const [path, body, headers] of [
    [v2, zipkinJson(spans('a', 'b')), json],
    [v2, zipkinProtobuf(spans('c')), protobuf],
    [v1, zipkinJsonV1(spans('d')), json],
    [v1, zipkinThrift(spans('e')), thrift],
    [`/zipkin${v2}?x=1`, zipkinJson(spans('f')), { 'content-type': 'application/json; charset=utf-8' }],
    ['/', zipkinJson(spans('g')), {}],
    [v2, gzipSync(zipkinJson(spans('h'))), { ...json, 'content-encoding': 'gzip' }],
    [v1, deflateSync(zipkinThrift(spans('i'))), { ...thrift, 'content-encoding': 'deflate' }],
  ] as const) {
    const response = await post(path, body, headers)
    assert.deepEqual(
      [response.status, await response.text()],
      [202, ''],
      `${path} ${JSON.stringify(headers)}`,
    )
  }
  assert.deepEqual(await names(), [...'abcdefghi'])
  assert.deepEqual(await counts(), { 'requests accepted': 8, 'spans accepted': 9 })
})

test('nothing is taken as well, and stores nothing', async t => {
  const { post, names, counts } = await bench(t)
  for (const [path, body, headers] of [
    [v2, '', json],
    [v2, '[]', json],
    [v2, '', protobuf],
    [v1, '[]', json],
    [v1, '', thrift],
  ] as const)
    assert.equal((await post(path, Buffer.from(body), headers)).status, 202)
  assert.deepEqual(await names(), [])
  assert.deepEqual(await counts(), { 'requests accepted': 5 })
})

test('what cannot be read is 400 with a reason as text, and neighbours are unharmed', async t => {
  const { post, names, counts } = await bench(t)
  assert.equal((await post(v2, zipkinJson(spans('before')), json)).status, 202)
  for (const [path, body, headers, reason] of [
    [v2, Buffer.from('[{"traceId":"1"}]'), json, /byte 1: a span without an id/],
    [v2, zipkinJsonV1(spans('a')), json, /goes to \/api\/v1\/spans/],
    [v1, zipkinJson(spans('a')), json, /go to \/api\/v2\/spans/],
    [v2, zipkinThrift(spans('a')), thrift, /go to \/api\/v1\/spans/],
    [v1, zipkinProtobuf(spans('a')), protobuf, /go to \/api\/v2\/spans/],
    [v2, zipkinProtobuf(spans('a')).subarray(0, -1), protobuf, /byte \d+/],
    [v1, zipkinThrift(spans('a')).subarray(0, -1), thrift, /byte \d+/],
    [v2, zipkinJson(spans('a')), { ...json, 'content-encoding': 'gzip' }, /the body is not gzip/],
    [v2, zipkinJson(spans('a')), { ...json, 'content-encoding': 'br' }, /Content-Encoding br is not one of/],
  ] as const) {
    const response = await post(path, body, headers)
    assert.deepEqual(
      [response.status, response.headers.get('content-type')],
      [400, 'text/plain; charset=utf-8'],
      String(reason),
    )
    assert.match(await response.text(), reason)
  }
  assert.equal((await post(v2, zipkinJson(spans('after')), json)).status, 202)
  assert.deepEqual(await names(), ['before', 'after'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests bad_json': 3,
    'requests unsupported_type': 3,
    'requests bad_protobuf': 1,
    'requests bad_thrift': 1,
    'requests bad_compression': 1,
    'spans accepted': 2,
  })
})

test('a body of exactly the limit is taken, one byte more is refused', async t => {
  const body = zipkinJson(spans('a'))
  const exact = await bench(t, { maxBodyBytes: body.length })
  assert.equal((await exact.post(v2, body, json)).status, 202)
  const over = await bench(t, { maxBodyBytes: body.length - 1 })
  assert.equal((await over.post(v2, body, json)).status, 413)
})

test('a full spool answers 429 with Retry-After', async t => {
  const { post } = await bench(t, { freeBytes: 10 })
  const response = await post(v2, zipkinJson(spans('a')), json)
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '1'])
})

test('a span that is too large is left out alone', async t => {
  const { post, names, counts } = await bench(t, { maxSpanBytes: 1000 })
  const large = sampleSpan({ name: 'large', tags: { a: 'x'.repeat(2000) } })
  assert.equal((await post(v2, zipkinJson([...spans('small'), large]), json)).status, 202)
  assert.deepEqual(await names(), ['small'])
  assert.deepEqual(await counts(), {
    'requests partial': 1,
    'spans accepted': 1,
    'spans span_too_large': 1,
  })
})

test('pages of the origins allowed may send', async t => {
  const { url, post } = await bench(t)
  const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin')
  const preflight = (origin: string): Promise<Response> =>
    fetch(url + v2, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-headers': 'content-type' },
    })
  const ours = await preflight('http://localhost:3000')
  assert.deepEqual([ours.status, allowed(ours)], [204, 'http://localhost:3000'])
  assert.equal(ours.headers.get('access-control-allow-headers'), 'content-type')
  assert.equal(allowed(await preflight('http://example.com')), null)
  const sent = await post(v2, Buffer.from('[]'), { origin: 'http://localhost:1' })
  assert.equal(allowed(sent), 'http://localhost:1')
})

test('any other type is taken for JSON, as by Zipkin; what is no type is refused', async t => {
  const { post, names } = await bench(t)
  for (const type of ['text/plain', 'application/octet-stream'])
    assert.equal((await post(v2, zipkinJson(spans('a')), { 'content-type': type })).status, 202, type)
  const response = await post(v2, zipkinJson(spans('b')), { 'content-type': 'x' })
  assert.deepEqual(
    [response.status, await response.text()],
    [400, 'Content-Type is x, which is no media type\n'],
  )
  assert.deepEqual(await names(), ['a', 'a'])
})

test('other methods are told in plain text that nothing is there', async t => {
  const { url } = await bench(t)
  const response = await fetch(url + v2, { method: 'PUT', body: '[]' })
  assert.equal(response.status, 404)
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
})
