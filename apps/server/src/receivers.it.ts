import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client, credentials } from '@grpc/grpc-js'
import { apiPaths } from '@waybill/api'
import { encodePostSpans } from '@waybill/wire/jaeger'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import type { Waybill } from './main.ts'
import { startWaybill } from './main.ts'
import { sampleRequest } from './spool/sample-request.ts'

/* Ways into a whole Waybill that need more than one part of it. */

let folder = ''
let waybill: Waybill
const lines: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-receivers-'))
  const flags = { data: folder, ports: 'free', httpBasePath: '/tracing' }
  const log = createLog({ level: 'warn', format: 'text' }, { write: line => lines.push(line) })
  waybill = await startWaybill(readConfig({ flags, env: {}, folder }), log, '0.0.0-test')
})
after(async () => {
  await waybill.close()
  await rm(folder, { recursive: true, force: true })
})

function receiver(name: string): URL {
  return new URL(waybill.receivers.find(one => one.name === name)?.url ?? '')
}

/** Asks until the answer has it: a datagram is not answered, so nothing says when it has arrived. */
async function untilOperation(service: string, name: string): Promise<void> {
  for (;;) {
    const response = await fetch(
      `${waybill.web.url}${apiPaths.operations}?service=${encodeURIComponent(service)}`,
    )
    if ((await response.text()).includes(`"${name}"`)) return
  }
}

test('OTLP is taken on the port of the web UI, too', { timeout: 30_000 }, async () => {
  const url = `${waybill.web.url}/v1/traces`
  const headers = { 'content-type': 'application/x-protobuf', 'accept-encoding': 'gzip' }
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: Buffer.from(sampleRequest(['by the web'])),
  })
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, headers['content-type']])
  const bad = await fetch(url, { method: 'POST', headers, body: 'no protobuf' })
  assert.deepEqual([bad.status, bad.headers.get('content-type')], [400, headers['content-type']])
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'http://localhost:3000' },
    body: '{}',
  })
  assert.deepEqual(
    [json.status, json.headers.get('access-control-allow-origin'), await json.json()],
    [200, 'http://localhost:3000', {}],
  )
  const got = await fetch(url)
  assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST, OPTIONS'])
  const metrics = await fetch(`${waybill.web.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.match(await metrics.text(), /Waybill keeps traces only/)
  const counted = await (await fetch(`${waybill.health.url}/metrics`)).text()
  assert.match(counted, /^waybill_spans_accepted_total\{receiver="otlp-http"\} 1$/m)
})

test('a datagram of a real client is stored', { timeout: 30_000 }, async () => {
  const fixture = '../../../packages/wire/src/jaeger/fixtures/opentelemetry-python-compact.bin'
  const socket = createSocket('udp4')
  const { hostname, port } = receiver('jaeger-compact')
  socket.send(readFileSync(new URL(fixture, import.meta.url)), Number(port), hostname, () => socket.close())
  await untilOperation('ot-py', 'inner')
})

test("the collector's gRPC port takes spans and tells what to sample", { timeout: 30_000 }, async t => {
  const client = new Client(receiver('jaeger-grpc').host, credentials.createInsecure())
  t.after(() => client.close())
  const ask = (method: string, message: Uint8Array): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const bytes = (one: Uint8Array): Buffer => Buffer.from(one)
      client.makeUnaryRequest(`/jaeger.api_v2.${method}`, bytes, bytes, message, (error, answer) =>
        error === null ? resolve(answer as Buffer) : reject(error),
      )
    })
  const span = {
    traceIdLow: 1n,
    traceIdHigh: 2n,
    spanId: 3n,
    parentSpanId: 0n,
    operationName: 'posted',
    flags: 1,
    startTime: BigInt(Date.now()) * 1000n,
    duration: 5n,
  }
  await ask(
    'CollectorService/PostSpans',
    encodePostSpans({ process: { serviceName: 'agent' }, spans: [span] }),
  )
  await untilOperation('agent', 'posted')
  const strategy = await ask('SamplingManager/GetSamplingStrategy', Buffer.from([0x0a, 1, 0x78]))
  // probabilistic_sampling = 2 { sampling_rate = 1: 1.0 }
  assert.ok(
    strategy.includes(Buffer.from([0x12, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f])),
    strategy.toString('hex'),
  )
})
