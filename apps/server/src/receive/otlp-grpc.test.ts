import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { ServiceError } from '@grpc/grpc-js'
import { Client, compressionAlgorithms, credentials, status } from '@grpc/grpc-js'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { sampleRequest } from '../spool/sample-request.ts'
import { startOtlpGrpc } from './otlp-grpc.ts'

interface BenchOptions extends DoorOptions {
  readonly maxBodyBytes?: number
  /** Of the client's messages. */
  readonly compressed?: boolean
}

interface Bench extends CollectingDoor {
  readonly lines: readonly string[]
  /** Rejects with a ServiceError. */
  send(body: Uint8Array, service?: string): Promise<Buffer>
}

const bytes = (body: Uint8Array): Buffer => Buffer.from(body)

async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const lines: string[] = []
  const receiver = await startOtlpGrpc({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'warn', format: 'text' }, { write: line => lines.push(line) }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    host: '127.0.0.1',
    port: 0,
    name: 'otlp-grpc',
    purpose: 'OTLP over gRPC',
    setting: 'otlpGrpc.port',
  })
  const client = new Client(receiver.url.slice('http://'.length), credentials.createInsecure(), {
    'grpc.default_compression_algorithm': options.compressed
      ? compressionAlgorithms.gzip
      : compressionAlgorithms.identity,
  })
  t.after(async () => {
    client.close()
    await receiver.close()
    await door.close()
  })
  const send = (body: Uint8Array, service = 'trace.v1.TraceService'): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const path = `/opentelemetry.proto.collector.${service}/Export`
      client.makeUnaryRequest(
        path,
        bytes,
        answer => answer,
        body,
        (error, answer) => (error === null ? resolve(answer as Buffer) : reject(error)),
      )
    })
  return { ...door, lines, send }
}

const details = (error: ServiceError): string => String(error.metadata.get('grpc-status-details-bin')[0])

test('spans are stored, and answered by an empty message', async t => {
  const { send, names, counts } = await bench(t)
  assert.equal((await send(sampleRequest(['a', 'b']))).length, 0)
  assert.deepEqual(await names(), ['a', 'b'])
  assert.deepEqual(await counts(), { 'requests accepted': 1, 'spans accepted': 2 })
})

test('an empty request is taken', async t => {
  const { send, counts } = await bench(t)
  assert.equal((await send(new Uint8Array(0))).length, 0)
  assert.deepEqual(await counts(), { 'requests accepted': 1 })
})

test('gzip is undone', async t => {
  const { send, names } = await bench(t, { compressed: true })
  await send(sampleRequest(['zipped'.repeat(100)]))
  assert.deepEqual(await names(), ['zipped'.repeat(100)])
})

test('a span over its limit is left out, and the answer says so', async t => {
  const { send, names } = await bench(t, { maxSpanBytes: 1000 })
  const answer = await send(sampleRequest(['a', 'x'.repeat(1000)]))
  assert.deepEqual([...answer.subarray(2, 5)], [8, 1, 18])
  assert.match(answer.toString(), /spans larger than 1000 bytes/)
  assert.deepEqual(await names(), ['a'])
})

test('truncated protobuf and garbage are INVALID_ARGUMENT with the offset, and neighbours unharmed', async t => {
  const { send, names, counts, lines } = await bench(t)
  const before = send(sampleRequest(['before']))
  const refused = send(sampleRequest(['a'], ['b']).subarray(0, -1))
  const garbage = send(Buffer.from('this is not protobuf'))
  const after = send(sampleRequest(['after']))
  await assert.rejects(refused, (error: ServiceError) => {
    assert.equal(error.code, status.INVALID_ARGUMENT)
    assert.match(error.details, /at byte \d+/)
    assert.equal(details(error).includes('RetryInfo'), false)
    return true
  })
  await assert.rejects(garbage, { code: status.INVALID_ARGUMENT })
  await Promise.all([before, after])
  assert.deepEqual([...(await names())].sort(), ['after', 'before'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests bad_protobuf': 2,
    'spans accepted': 2,
    'spans bad_protobuf': 1,
  })
  assert.equal(lines.length, 1)
})

test('a message of exactly the limit is taken, one byte more is refused', async t => {
  const body = sampleRequest(['a'])
  const exact = await bench(t, { maxBodyBytes: body.length })
  await exact.send(body)
  const over = await bench(t, { maxBodyBytes: body.length - 1 })
  await assert.rejects(over.send(body), { code: status.RESOURCE_EXHAUSTED })
  assert.deepEqual(await over.counts(), { 'requests body_too_large': 1 })
  assert.deepEqual(await over.names(), [])
})

test('a gzip bomb is cut off, and the next message taken', async t => {
  const { send, counts, names } = await bench(t, { compressed: true })
  await assert.rejects(send(Buffer.alloc(50e6)), { code: status.RESOURCE_EXHAUSTED })
  await send(sampleRequest(['after']))
  assert.deepEqual(await names(), ['after'])
  assert.deepEqual(await counts(), {
    'requests accepted': 1,
    'requests body_too_large': 1,
    'spans accepted': 1,
  })
})

test('a full spool is RESOURCE_EXHAUSTED with RetryInfo, and takes spans again when it is not', async t => {
  const { send, store, names, counts } = await bench(t, { maxBytes: sampleRequest(['a']).length })
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  await send(sampleRequest(['a']))
  await assert.rejects(send(sampleRequest(['b'])), (error: ServiceError) => {
    assert.equal(error.code, status.RESOURCE_EXHAUSTED)
    assert.match(details(error), /type\.googleapis\.com\/google\.rpc\.RetryInfo/)
    return true
  })
  resolve()
  await names()
  await send(sampleRequest(['c']))
  assert.deepEqual(await names(), ['a', 'c'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests spool_full': 1,
    'spans accepted': 2,
    'spans spool_full': 1,
  })
})

test('logs and metrics are answered with a warning; other methods are UNIMPLEMENTED', async t => {
  const { send, lines } = await bench(t)
  assert.match(String(await send(gzipSync('x'), 'logs.v1.LogsService')), /Waybill keeps traces only/)
  assert.match(String(await send(gzipSync('x'), 'metrics.v1.MetricsService')), /Waybill keeps traces only/)
  assert.equal(lines.length, 2)
  await assert.rejects(send(Buffer.alloc(0), 'trace.v2.TraceService'), { code: status.UNIMPLEMENTED })
})
