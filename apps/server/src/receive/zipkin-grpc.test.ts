import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { ServiceError } from '@grpc/grpc-js'
import { Client, credentials, status } from '@grpc/grpc-js'
import { sampleSpan, zipkinJson, zipkinProtobuf } from '@waybill/wire/samples'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import { createLog } from '../log.ts'
import { startZipkinPort } from '../zipkin-port.ts'
import { zipkinGrpc } from './zipkin-grpc.ts'
import { zipkinReceiver } from './zipkin-http.ts'

interface Bench extends CollectingDoor {
  readonly url: string
  readonly port: number
  /** Ends the port; the test does if nobody else has. */
  close(): Promise<void>
  report(message: Uint8Array): Promise<Buffer>
}

const gzip = { 'grpc.default_compression_algorithm': 2 }
const asBytes = (bytes: Buffer): Buffer => bytes

async function bench(
  t: TestContext,
  options: DoorOptions & { maxBodyBytes?: number; channel?: object } = {},
): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const named = { name: 'zipkin', purpose: 'Zipkin', setting: 'zipkin.port' }
  const receiving = {
    ...named,
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'error', format: 'text' }),
    maxBodyBytes: options.maxBodyBytes ?? 1e6,
    corsOrigins: [],
  }
  const listening = await startZipkinPort({
    ...named,
    host: '127.0.0.1',
    port: 0,
    plugins: [app => zipkinReceiver(app, receiving)],
    http2: zipkinGrpc(receiving),
  })
  const { host, port } = new URL(listening.url)
  const client = new Client(host, credentials.createInsecure(), options.channel ?? {})
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= listening.close()
    return closed
  }
  t.after(async () => {
    client.close()
    await close()
    await door.close()
  })
  const report = (message: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const path = '/zipkin.proto3.SpanService/Report'
      client.makeUnaryRequest(path, asBytes, asBytes, Buffer.from(message), (error, answer) =>
        error ? reject(error) : resolve(answer as Buffer),
      )
    })
  return { ...door, url: listening.url, port: Number(port), close, report }
}

const isRefused =
  (code: number, reason: RegExp) =>
  (error: ServiceError): boolean => {
    assert.equal(error.code, code)
    assert.match(error.details, reason)
    return true
  }

test('spans come in over gRPC and over HTTP on one port, plain and gzip', async t => {
  for (const channel of [{}, gzip]) {
    const { report, url, names, counts } = await bench(t, { channel })
    assert.equal((await report(zipkinProtobuf([sampleSpan({ name: 'grpc' })]))).length, 0)
    const body = Buffer.from(zipkinJson([sampleSpan({ name: 'http' })]))
    assert.equal((await fetch(`${url}/api/v2/spans`, { method: 'POST', body })).status, 202)
    await report(zipkinProtobuf([sampleSpan({ name: 'again' })]))
    await report(new Uint8Array(0))
    assert.deepEqual(await names(), ['grpc', 'http', 'again'])
    assert.deepEqual(await counts(), { 'requests accepted': 4, 'spans accepted': 3 })
  }
})

test('what cannot be read is INVALID_ARGUMENT with a reason', async t => {
  const { report, counts } = await bench(t)
  const damaged = zipkinProtobuf([sampleSpan()]).subarray(0, -1)
  await assert.rejects(report(damaged), isRefused(status.INVALID_ARGUMENT, /byte \d+: \d+ bytes wanted/))
  assert.deepEqual(await counts(), { 'requests bad_protobuf': 1 })
})

test('limits: of a message, and of the spool', async t => {
  const message = zipkinProtobuf([sampleSpan()])
  const exact = await bench(t, { maxBodyBytes: message.length })
  await exact.report(message)
  const over = await bench(t, { maxBodyBytes: message.length - 1 })
  await assert.rejects(over.report(message), isRefused(status.RESOURCE_EXHAUSTED, /larger|max/))
  assert.deepEqual(await over.counts(), { 'requests body_too_large': 1 })
  const full = await bench(t, { freeBytes: 10 })
  await assert.rejects(full.report(message), isRefused(status.RESOURCE_EXHAUSTED, /spool|store/i))
})

test('bytes that come one by one are told apart all the same', async t => {
  const { port } = await bench(t)
  const dribble = async (bytes: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    for (const byte of Buffer.from(bytes, 'latin1'))
      await new Promise(sent => socket.write(Uint8Array.of(byte), sent))
    const [first] = await socket.take(1).toArray()
    socket.destroy()
    return (first as Buffer).toString('latin1')
  }
  assert.match(await dribble('PUT / HTTP/1.1\r\nhost: a\r\n\r\n'), /^HTTP\/1\.1 404/)
  assert.match(
    await dribble('POST /api/v2/spans HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n[]'),
    /^HTTP\/1\.1 202/,
  )
  // Answered by the frame of settings (RFC 9113, section 6.5): its type is the fourth byte
  const settings = '\0\0\0\x04\0\0\0\0\0'
  assert.equal((await dribble(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`)).charCodeAt(3), 4)
})

test('who ends their side behind the request is answered; who has said nothing is let go', async t => {
  const { port, names } = await bench(t)
  const sendAndEnd = async (text: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end(text)
    return Buffer.concat(await socket.toArray()).toString()
  }
  const body = Buffer.from(zipkinJson([sampleSpan({ name: 'last' })])).toString()
  const request = `POST /api/v2/spans HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  assert.match(await sendAndEnd(request), /^HTTP\/1\.1 202/)
  assert.deepEqual(await names(), ['last'])
  for (const text of ['', 'PRI']) assert.equal(await sendAndEnd(text), '')
})

test('the port ends while connections that have said nothing, or speak HTTP/2, are open', async t => {
  const { port, report, close } = await bench(t)
  await report(zipkinProtobuf([sampleSpan()]))
  const silent = connect(port, '127.0.0.1')
  await new Promise(connected => silent.once('connect', connected))
  const broken = connect(port, '127.0.0.1')
  await new Promise(connected => broken.once('connect', connected))
  broken.resetAndDestroy()
  const startMs = performance.now()
  await close()
  assert.ok(performance.now() - startMs < 2_000)
  silent.destroy()
})
