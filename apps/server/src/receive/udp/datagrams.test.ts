import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Datagrams } from './datagrams.ts'

interface Bench {
  send(datagram: Uint8Array): Promise<void>
  readonly received: Buffer[]
  /** Datagrams that were thrown away. */
  lost: number
  /** Each datagram waits for it. */
  gate: Promise<void>
  close(): Promise<void>
}

async function bench(t: TestContext, datagrams = new Datagrams()): Promise<Bench> {
  const socket = await datagrams.open({
    host: '127.0.0.1',
    port: 0,
    bufferBytes: 1 << 20,
    receive: async datagram => {
      await opened.gate
      opened.received.push(datagram)
    },
    lost: count => {
      opened.lost += count
    },
    failed: error => assert.fail(String(error)),
  })
  const sender = createSocket('udp4')
  let closing: Promise<void> | undefined
  const opened: Bench = {
    received: [],
    lost: 0,
    gate: Promise.resolve(),
    send: datagram =>
      new Promise((resolve, reject) => {
        sender.send(datagram, socket.port, '127.0.0.1', error => (error === null ? resolve() : reject(error)))
      }),
    close: () => {
      closing ??= socket.close()
      return closing
    },
  }
  t.after(async () => {
    sender.close()
    await opened.close()
  })
  return opened
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate()
}

test('datagrams of every size come in their order', { timeout: 20_000 }, async t => {
  const opened = await bench(t)
  const sizes = [0, 1, 65_507, 3, 65_507, 65_507, 65_507, 65_507, 0]
  for (const [index, size] of sizes.entries()) await opened.send(Buffer.alloc(size, index))
  await until(() => opened.received.length === sizes.length)
  assert.deepEqual(
    opened.received.map(datagram => datagram.length),
    sizes,
  )
  assert.ok(opened.received.every((datagram, index) => datagram.every(byte => byte === index)))
})

test('sockets share the thread, and what was sent before the end is dealt with', async t => {
  const datagrams = new Datagrams()
  const first = await bench(t, datagrams)
  const second = await bench(t, datagrams)
  await first.send(Buffer.from('a'))
  await first.close()
  await second.send(Buffer.from('b'))
  await second.close()
  assert.deepEqual([String(first.received), String(second.received)], ['a', 'b'])
  const third = await bench(t, datagrams)
  await third.send(Buffer.from('c'))
  await third.close()
  assert.deepEqual(String(third.received), 'c')
})

test('what waits is bounded, and the rest is counted', { timeout: 60_000 }, async t => {
  const opened = await bench(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  opened.gate = promise
  const datagram = Buffer.alloc(65_507)
  let sentBytes = 0
  for (; opened.lost === 0; sentBytes += datagram.length) {
    await opened.send(datagram)
    await setImmediate()
  }
  assert.ok(sentBytes > 64 * 1024 * 1024)
  resolve()
  await until(() => opened.received.length >= 1000)
  opened.received.length = 0
  while (opened.received.length === 0) {
    await opened.send(datagram)
    await setImmediate()
  }
})

test('a flood of small datagrams leaves others their turn', { timeout: 60_000 }, async t => {
  let received = 0
  const socket = await new Datagrams().open({
    host: '127.0.0.1',
    port: 0,
    bufferBytes: 1 << 20,
    receive: async () => {
      received++
      // Longer than the flood takes to send one, as reading and refusing does.
      for (const until = performance.now() + 0.02; performance.now() < until; );
    },
    lost: () => undefined,
    failed: error => assert.fail(String(error)),
  })
  const flood = new Worker(floodCode, { eval: true, workerData: socket.port })
  t.after(async () => {
    await flood.terminate()
    await socket.close()
  })
  let mostOfTurn = 0
  for (let before = 0; received < 20_000; before = received) {
    await setImmediate()
    mostOfTurn = Math.max(mostOfTurn, received - before)
  }
  assert.ok(mostOfTurn <= 4 * 1024, `${mostOfTurn} datagrams at one go`)
})

const floodCode = `
const { workerData } = require('node:worker_threads')
const socket = require('node:dgram').createSocket('udp4')
const send = () => {
  for (let i = 0; i < 200; i++) socket.send('')
  setImmediate(send)
}
socket.connect(workerData, '127.0.0.1', send)
`

test('an address that cannot be had rejects, and leaves nothing running', async () => {
  await assert.rejects(
    new Datagrams().open({
      host: '192.0.2.1',
      port: 0,
      bufferBytes: 1 << 20,
      receive: async () => undefined,
      lost: () => undefined,
      failed: () => undefined,
    }),
    /EADDRNOTAVAIL/,
  )
})
