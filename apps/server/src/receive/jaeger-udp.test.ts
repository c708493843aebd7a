import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { JaegerBatch } from '@waybill/wire/jaeger'
import { encodeEmitBatch } from '@waybill/wire/jaeger'
import type { CollectingDoor, DoorOptions } from '../accept/collecting-door.ts'
import { openCollectingDoor } from '../accept/collecting-door.ts'
import type { Listening } from '../listen.ts'
import { createLog } from '../log.ts'
import { startJaegerUdp } from './jaeger-udp.ts'
import { Datagrams } from './udp/datagrams.ts'

interface Bench extends CollectingDoor {
  readonly receiver: Listening
  readonly lines: readonly string[]
  /** Sends a datagram from a socket of its own. */
  send(datagram: Uint8Array): Promise<void>
  /** Waits until so many datagrams have been answered for, in one way or the other. */
  requests(count: number): Promise<Readonly<Record<string, number>>>
}

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

async function bench(t: TestContext, options: DoorOptions & { host?: string } = {}): Promise<Bench> {
  const door = await openCollectingDoor(options)
  const lines: string[] = []
  const { host = '127.0.0.1' } = options
  const receiver = await startJaegerUdp({
    accept: door.accept,
    counter: door.counter,
    log: createLog({ level: 'warn', format: 'text' }, { write: line => lines.push(line) }),
    maxBodyBytes: 1e6,
    datagrams: new Datagrams(),
    udpBufferBytes: 1 << 20,
    host,
    port: 0,
    name: 'jaeger-compact',
    purpose: "Jaeger's compact thrift over UDP",
    setting: 'jaegerCompact.port',
  })
  t.after(async () => {
    await receiver.close()
    await door.close()
  })
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  t.after(() => socket.close())
  const port = Number(new URL(receiver.url).port)
  const send = (datagram: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(datagram, port, host, error => (error === null ? resolve() : reject(error)))
    })
  const requests = async (count: number): Promise<Readonly<Record<string, number>>> => {
    for (;;) {
      const counts = await door.counts()
      const answered = Object.keys(counts).filter(name => name.startsWith('requests '))
      if (answered.reduce((sum, name) => sum + (counts[name] ?? 0), 0) >= count) return counts
      await setTimeout(2)
    }
  }
  return { ...door, receiver, lines, send, requests }
}

test('batches in either protocol are stored, and what real clients send', { timeout: 20_000 }, async t => {
  const { send, names, requests, receiver } = await bench(t)
  assert.match(receiver.url, /^udp:\/\/127\.0\.0\.1:\d+$/)
  await send(encodeEmitBatch(batch('a', 'b'), 'compact'))
  await send(encodeEmitBatch(batch('c'), 'binary'))
  await send(encodeEmitBatch(batch(), 'compact'))
  const fixture = '../../../../packages/wire/src/jaeger/fixtures/jaeger-client-python-compact.bin'
  await send(readFileSync(new URL(fixture, import.meta.url)))
  assert.deepEqual(await requests(4), { 'requests accepted': 4, 'spans accepted': 5 })
  assert.deepEqual(await names(), ['a', 'b', 'c', 'inner', 'outer'])
})

test('what is no call of the agent is counted and logged once, and neighbours are unharmed', async t => {
  const { send, names, requests, lines } = await bench(t)
  await send(encodeEmitBatch(batch('before'), 'compact'))
  await send(Buffer.alloc(0))
  await send(Buffer.from('{"resourceSpans":[]}'))
  await send(encodeEmitBatch(batch('a'), 'compact').subarray(0, -1))
  await send(Buffer.alloc(65_507, 0x82))
  await send(encodeEmitBatch(batch('after'), 'binary'))
  assert.deepEqual(await requests(6), {
    'requests accepted': 2,
    'requests bad_thrift': 4,
    'spans accepted': 2,
  })
  assert.deepEqual(await names(), ['before', 'after'])
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /refused a request: byte 0/)
})

test('the largest datagram there can be is taken', async t => {
  const { send, names, requests } = await bench(t)
  const empty = encodeEmitBatch(batch('x'), 'binary').length - 1
  const name = 'x'.repeat(65_507 - empty)
  await send(encodeEmitBatch(batch(name), 'binary'))
  await requests(1)
  assert.deepEqual(await names(), [name])
})

test('spans are counted as rejected while the spool is full', async t => {
  const { send, requests } = await bench(t, { freeBytes: 10 })
  await send(encodeEmitBatch(batch('a', 'b'), 'compact'))
  assert.deepEqual(await requests(1), { 'requests spool_full': 1, 'spans spool_full': 2 })
})

// Some containers have no IPv6.
if (Object.values(networkInterfaces()).some(addresses => addresses?.some(({ address }) => address === '::1')))
  test('an address of IPv6 works, too', async t => {
    const { send, names, requests, receiver } = await bench(t, { host: '::1' })
    assert.match(receiver.url, /^udp:\/\/\[::1\]:\d+$/)
    await send(encodeEmitBatch(batch('a'), 'compact'))
    await requests(1)
    assert.deepEqual(await names(), ['a'])
  })

test('a port that is in use ends the start with the name of its setting', async t => {
  const { receiver, ...door } = await bench(t)
  await assert.rejects(
    startJaegerUdp({
      accept: door.accept,
      counter: door.counter,
      log: createLog({ level: 'error', format: 'text' }),
      maxBodyBytes: 1e6,
      datagrams: new Datagrams(),
      udpBufferBytes: 1 << 20,
      host: '127.0.0.1',
      port: Number(new URL(receiver.url).port),
      name: 'jaeger-compact',
      purpose: "Jaeger's compact thrift over UDP",
      setting: 'jaegerCompact.port',
    }),
    /in use \(setting jaegerCompact\.port\)/,
  )
})
