import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { ServiceError } from '@grpc/grpc-js'
import { Client, compressionAlgorithms, credentials, status } from '@grpc/grpc-js'
import type { JaegerBatch } from '@waybill/wire/jaeger'
import { encodeJaegerBatch, encodePostSpans } from '@waybill/wire/jaeger'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { bytesMethod } from './grpc-calls.ts'
import { startJaegerGrpc } from './jaeger-grpc.ts'

interface BenchOptions extends DoorOptions {
  readonly maxBodyBytes?: number
  /** Of the client's messages. */
  readonly compressed?: boolean
}

interface Bench extends CollectingDoor {
  /** Rejects with a ServiceError. */
  send(body: Uint8Array, method?: string): Promise<Buffer>
}

const bytes = (body: Uint8Array): Buffer => Buffer.from(body)

function batch(...names: readonly string[]): JaegerBatch {
  return {
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
  }
}

async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const receiver = await startJaegerGrpc({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'error', format: 'text' }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    collectorServices: [
      {
        definition: { Ask: bytesMethod('/other.Service/Ask') },
        handlers: {
          Ask: (_call: unknown, callback: (error: null, answer: Buffer) => void) =>
            callback(null, Buffer.from('answer')),
        },
      },
    ],
    host: '127.0.0.1',
    port: 0,
    name: 'jaeger-grpc',
    purpose: "Jaeger's protobuf over gRPC",
    setting: 'jaegerGrpc.port',
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
  const send = (body: Uint8Array, method = 'jaeger.api_v2.CollectorService/PostSpans'): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${method}`,
        bytes,
        answer => answer,
        body,
        (error, answer) => (error === null ? resolve(answer as Buffer) : reject(error)),
      )
    })
  return { ...door, send }
}

test('spans are stored, and answered by an empty message', async t => {
  const { send, names, counts } = await bench(t)
  assert.equal((await send(encodePostSpans(batch('a', 'b')))).length, 0)
  assert.equal((await send(new Uint8Array(0))).length, 0)
  assert.deepEqual(await names(), ['a', 'b'])
  assert.deepEqual(await counts(), { 'requests accepted': 2, 'spans accepted': 2 })
})

test('gzip is undone', async t => {
  const { send, names } = await bench(t, { compressed: true })
  await send(encodePostSpans(batch('zipped'.repeat(100))))
  assert.deepEqual(await names(), ['zipped'.repeat(100)])
})

test('what is no PostSpansRequest is INVALID_ARGUMENT with the offset, and neighbours unharmed', async t => {
  const { send, names, counts } = await bench(t)
  await send(encodePostSpans(batch('before')))
  for (const body of [encodePostSpans(batch('a')).subarray(0, -1), encodeJaegerBatch(batch('a'))])
    await assert.rejects(send(body), (error: ServiceError) => {
      assert.equal(error.code, status.INVALID_ARGUMENT)
      assert.match(error.details, /byte \d+/)
      return true
    })
  await send(encodePostSpans(batch('after')))
  assert.deepEqual(await names(), ['before', 'after'])
  assert.deepEqual(await counts(), {
    'requests accepted': 2,
    'requests bad_protobuf': 2,
    'spans accepted': 2,
  })
})

test('a message of exactly the limit is taken, one byte more is refused', async t => {
  const body = encodePostSpans(batch('a'))
  const exact = await bench(t, { maxBodyBytes: body.length })
  await exact.send(body)
  const over = await bench(t, { maxBodyBytes: body.length - 1 })
  await assert.rejects(over.send(body), { code: status.RESOURCE_EXHAUSTED })
})

test('a full spool is RESOURCE_EXHAUSTED with RetryInfo', async t => {
  const { send } = await bench(t, { freeBytes: 10 })
  await assert.rejects(send(encodePostSpans(batch('a'))), (error: ServiceError) => {
    assert.equal(error.code, status.RESOURCE_EXHAUSTED)
    assert.match(String(error.metadata.get('grpc-status-details-bin')[0]), /google\.rpc\.RetryInfo/)
    return true
  })
})

test('the other services of the port answer, and no more', async t => {
  const { send } = await bench(t)
  assert.equal(String(await send(new Uint8Array(0), 'other.Service/Ask')), 'answer')
  await assert.rejects(send(new Uint8Array(0), 'jaeger.api_v2.CollectorService/X'), {
    code: status.UNIMPLEMENTED,
  })
})
