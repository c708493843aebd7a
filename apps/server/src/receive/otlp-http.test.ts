import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { sampleRequest } from '../spool/sample-request.ts'
import { startOtlpHttp } from './otlp-http.ts'

interface Bench extends CollectingDoor {
  readonly url: string
  readonly address: string
  readonly lines: readonly string[]
  post(body: Uint8Array | string, headers?: Record<string, string>): Promise<Response>
}

interface BenchOptions extends DoorOptions {
  readonly maxBodyBytes?: number
}

const protobuf = { 'content-type': 'application/x-protobuf' }
const json = { 'content-type': 'application/json' }

async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const lines: string[] = []
  const receiver = await startOtlpHttp({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'warn', format: 'text' }, { write: line => lines.push(line) }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    corsOrigins: ['http://localhost:*'],
    host: '127.0.0.1',
    port: 0,
    name: 'otlp-http',
    purpose: 'OTLP over HTTP',
    setting: 'otlpHttp.port',
  })
  t.after(async () => {
    await receiver.close()
    await door.close()
  })
  const address = receiver.url.slice('http://'.length)
  const url = `${receiver.url}/v1/traces`
  const post = (body: Uint8Array | string, headers: Record<string, string> = protobuf): Promise<Response> =>
    fetch(url, { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body), headers })
  return { ...door, url, address, lines, post }
}

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())

test('protobuf is stored, and answered by an empty message', async t => {
  const { post, names, counts } = await bench(t)
  const response = await post(sampleRequest(['a', 'b']))
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/x-protobuf')
  assert.equal((await bytesOf(response)).length, 0)
  assert.deepEqual(await names(), ['a', 'b'])
  assert.deepEqual(await counts(), { 'requests accepted': 1, 'spans accepted': 2 })
})

test('JSON is stored, and answered as JSON', async t => {
  const { post, names } = await bench(t)
  const span = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174', name: 'from json' }
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
  const response = await post(body, { 'content-type': 'application/json; charset=utf-8' })
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), {})
  assert.deepEqual(await names(), ['from json'])
})

test('content codings are undone', async t => {
  const { post, names } = await bench(t)
  const codings = {
    gzip: gzipSync(sampleRequest(['gzip'])),
    'x-gzip': gzipSync(sampleRequest(['x-gzip'])),
    deflate: deflateSync(sampleRequest(['deflate'])),
    Deflate: deflateRawSync(sampleRequest(['raw deflate'])),
    zstd: zstdCompressSync(sampleRequest(['zstd'])),
    identity: sampleRequest(['identity']),
  }
  for (const [coding, body] of Object.entries(codings))
    assert.equal((await post(body, { ...protobuf, 'content-encoding': coding })).status, 200, coding)
  assert.deepEqual(await names(), ['gzip', 'x-gzip', 'deflate', 'raw deflate', 'zstd', 'identity'])
})

test('a span over its limit is left out, and the answer says so in both encodings', async t => {
  const { post, names, counts } = await bench(t, { maxSpanBytes: 1000 })
  const body = sampleRequest(['a', 'x'.repeat(1000)])
  const response = await post(body)
  assert.equal(response.status, 200)
  // partial_success = 1 { rejected_spans = 1: 1, error_message = 2: … }
  const answer = await bytesOf(response)
  assert.deepEqual([...answer.subarray(2, 5)], [8, 1, 18])
  assert.match(answer.toString(), /spans larger than 1000 bytes are refused \(receive\.maxSpanBytes\)$/)
  assert.deepEqual(await names(), ['a'])
  assert.deepEqual(await counts(), {
    'requests partial': 1,
    'spans accepted': 1,
    'spans span_too_large': 1,
  })
})

/* Bad input. Between two good requests, each must be refused with a reason, and harm neither. */
const fine = sampleRequest(['fine'])
const longId = Buffer.from([10, 25, 18, 23, 18, 21, 10, 17, ...Array<number>(17).fill(7), 18, 0])
const bad: readonly {
  readonly name: string
  readonly body: Uint8Array | string
  readonly headers?: Record<string, string>
  readonly status: number
  readonly message: RegExp
  readonly counts: Record<string, number>
}[] = [
  {
    name: 'truncated protobuf',
    body: sampleRequest(['a'], ['b']).subarray(0, -1),
    status: 400,
    message: /at byte \d+/,
    counts: { 'requests bad_protobuf': 1, 'spans bad_protobuf': 1 },
  },
  {
    name: 'garbage as protobuf',
    body: 'this is not protobuf',
    status: 400,
    message: /at byte 0: wire type 4|at byte \d+/,
    counts: { 'requests bad_protobuf': 1 },
  },
  {
    name: 'a trace id of 17 bytes',
    body: longId,
    status: 400,
    message: /at byte \d+: an id of 17 bytes/,
    counts: { 'requests bad_protobuf': 1, 'spans bad_protobuf': 1 },
  },
  {
    name: 'a wrong Content-Type',
    body: fine,
    headers: { 'content-type': 'text/plain' },
    status: 415,
    message: /Content-Type is text\/plain, not application\/x-protobuf or application\/json/,
    counts: { 'requests unsupported_type': 1 },
  },
  {
    name: 'a Content-Type that is none',
    body: fine,
    headers: { 'content-type': 'nonsense' },
    status: 415,
    message: /Content-Type is nonsense/,
    counts: { 'requests unsupported_type': 1 },
  },
  {
    name: 'an unknown Content-Encoding',
    body: fine,
    headers: { ...protobuf, 'content-encoding': 'snappy' },
    status: 415,
    message: /Content-Encoding snappy is not one of gzip/,
    counts: { 'requests unsupported_type': 1 },
  },
  {
    name: 'a Content-Encoding that every object has',
    body: fine,
    headers: { ...protobuf, 'content-encoding': 'constructor' },
    status: 415,
    message: /Content-Encoding constructor is not one of gzip/,
    counts: { 'requests unsupported_type': 1 },
  },
  {
    name: 'a body that is not gzip',
    body: fine,
    headers: { ...protobuf, 'content-encoding': 'gzip' },
    status: 400,
    message: /the body is not gzip: incorrect header check/,
    counts: { 'requests bad_compression': 1 },
  },
  {
    name: 'gzip that is cut short',
    body: gzipSync(fine).subarray(0, -9),
    headers: { ...protobuf, 'content-encoding': 'gzip' },
    status: 400,
    message: /the body is not gzip: unexpected end of file/,
    counts: { 'requests bad_compression': 1 },
  },
  {
    name: 'a gzip bomb',
    body: gzipSync(Buffer.alloc(100e6)),
    headers: { ...protobuf, 'content-encoding': 'gzip' },
    status: 413,
    message: /the decompressed body is larger than 1000000 bytes/,
    counts: { 'requests body_too_large': 1 },
  },
  {
    name: 'text that is not JSON',
    body: '{"resourceSpans": [',
    headers: json,
    status: 400,
    message: /JSON/,
    counts: { 'requests bad_json': 1 },
  },
  {
    name: 'JSON that is not OTLP',
    body: '{"hello": "world"}',
    headers: json,
    status: 400,
    message: /no resourceSpans/,
    counts: { 'requests bad_json': 1 },
  },
  {
    name: 'JSON with a wrong id',
    body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"12","spanId":"34"}]}]}]}',
    headers: json,
    status: 400,
    message: /resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.traceId/,
    counts: { 'requests bad_json': 1 },
  },
]

for (const { name, body, headers = protobuf, status, message, counts: expected } of bad)
  test(`${name}: ${status}, with a reason in the request's encoding, and neighbours unharmed`, async t => {
    const { post, names, counts } = await bench(t)
    const before = post(sampleRequest(['before']))
    const response = await post(body, headers)
    const after = await post(sampleRequest(['after']))
    assert.equal(response.status, status)
    if (headers['content-type'] === protobuf['content-type']) {
      assert.equal(response.headers.get('content-type'), 'application/x-protobuf')
      const answer = await bytesOf(response)
      // google.rpc.Status: code = 1, message = 2
      assert.deepEqual([...answer.subarray(0, 2)], [8, status === 413 ? 8 : 3])
      assert.match(answer.toString(), message)
    } else {
      const answer = (await response.json()) as { readonly code: number; readonly message: string }
      assert.equal(answer.code, 3)
      assert.match(answer.message, message)
    }
    assert.deepEqual([(await before).status, after.status], [200, 200])
    assert.deepEqual([...(await names())].sort(), ['after', 'before'])
    assert.deepEqual(await counts(), { ...expected, 'requests accepted': 2, 'spans accepted': 2 })
  })

test('a body of exactly the limit is taken, one byte more is refused, announced or not', async t => {
  const body = sampleRequest(['a'.repeat(1000)])
  const exact = await bench(t, { maxBodyBytes: body.length })
  const over = await bench(t, { maxBodyBytes: body.length - 1 })
  const chunked = (url: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { method: 'POST', headers: protobuf }, incoming => {
        incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0))
      })
      outgoing.on('error', reject)
      outgoing.write(body.subarray(0, 10))
      outgoing.end(body.subarray(10))
    })
  assert.equal((await exact.post(body)).status, 200)
  assert.equal(await chunked(exact.url), 200)
  assert.equal((await over.post(body)).status, 413)
  assert.equal(await chunked(over.url), 413)
  const zipped = gzipSync(body)
  assert.equal((await exact.post(zipped, { ...protobuf, 'content-encoding': 'gzip' })).status, 200)
  assert.equal((await over.post(zipped, { ...protobuf, 'content-encoding': 'gzip' })).status, 413)
  assert.deepEqual(await over.names(), [])
})

test('a full spool answers 429 with Retry-After and RetryInfo, and takes spans again when it is not', async t => {
  const { post, store, counts, names } = await bench(t, { maxBytes: sampleRequest(['a']).length })
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  assert.equal((await post(sampleRequest(['a']))).status, 200)
  const response = await post(sampleRequest(['b']))
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('retry-after'), '1')
  assert.match((await bytesOf(response)).toString(), /google\.rpc\.RetryInfo/)
  resolve()
  await names()
  assert.equal((await post(sampleRequest(['c']))).status, 200)
  assert.deepEqual(await names(), ['a', 'c'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests spool_full': 1,
    'spans accepted': 2,
    'spans spool_full': 1,
  })
})

test('other methods and paths are told what to use', async t => {
  const { url, address } = await bench(t)
  const got = await fetch(url)
  assert.equal(got.status, 405)
  assert.equal(got.headers.get('allow'), 'POST, OPTIONS')
  const lost = await fetch(`http://${address}/v1/trace`, { method: 'POST', headers: protobuf, body: 'x' })
  assert.equal(lost.status, 404)
  assert.match(await lost.text(), /\/v1\/traces/)
})

test('logs and metrics are answered with a warning, and one log line each', async t => {
  const { address, lines, counts } = await bench(t)
  for (const signal of ['logs', 'metrics', 'logs']) {
    const response = await fetch(`http://${address}/v1/${signal}`, {
      method: 'POST',
      headers: json,
      body: '{}',
    })
    assert.equal(response.status, 200)
    assert.match(await response.text(), /Waybill keeps traces only/)
  }
  assert.equal(lines.length, 2)
  assert.deepEqual(await counts(), { 'requests logs': 2, 'requests metrics': 1 })
})

test('pages of allowed origins may send, others may not', async t => {
  const { url, post } = await bench(t)
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-team',
    },
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'POST')
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type,x-team')
  const answer = await post(fine, { ...protobuf, origin: 'http://localhost:3000' })
  assert.equal(answer.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  const foreign = await post(fine, { ...protobuf, origin: 'http://localhost.evil.example' })
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})

test('a client that goes away in the middle is counted, and nothing else happens', async t => {
  const { address, post, counts, names } = await bench(t)
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  socket.write(
    'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nabc',
  )
  await new Promise(resolve => socket.once('connect', resolve))
  await post(sampleRequest(['a']))
  socket.destroy()
  while ((await counts())['requests aborted'] === undefined) await new Promise(setImmediate)
  assert.deepEqual(await names(), ['a'])
})

test('many mistakes of one kind are one log line', async t => {
  const { post, lines } = await bench(t)
  for (let i = 0; i < 5; i++) await post('garbage')
  assert.equal(lines.length, 1)
  assert.match(lines[0] as string, /warn {2}OTLP over HTTP: refused a request: .* reason=bad_protobuf/)
})
