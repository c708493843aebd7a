import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { serveGrpc } from './server.ts'

test('a client that does not answer any more loses its connection', { timeout: 30_000 }, async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const named = { name: 'test', purpose: 'a test', setting: 'test.port' }
  const server = await serveGrpc([], { host: '127.0.0.1', port: 0, ...named })
  t.after(server.close)
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  t.after(() => socket.destroy())
  // The preface and empty settings (RFC 9113, sections 3.4 and 6.5), and never an answer to anything.
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')
  let received = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
  })
  const closed = once(socket, 'close')
  const settings = 4
  const ping = 6
  while (!typesOf(received).includes(settings)) await new Promise(setImmediate)
  t.mock.timers.tick(7_199_999)
  await new Promise(setImmediate)
  assert.ok(!typesOf(received).includes(ping))
  t.mock.timers.tick(1)
  while (!typesOf(received).includes(ping)) await new Promise(setImmediate)
  t.mock.timers.tick(20_000)
  await closed
})

/** The types of the frames that are whole: length in 3 bytes, type, flags, stream in 4 bytes (RFC 9113, section 4.1). */
function typesOf(bytes: Buffer): readonly number[] {
  const types: number[] = []
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes[at + 3] ?? -1)
  return types
}
