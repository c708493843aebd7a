import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../set-up/root.ts'
import { runCommand } from '../set-up/run-command.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-start-'))
})
after(() => rm(folder, { recursive: true, force: true }))

function environment(name: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WAYBILL_PORTS: 'free',
    WAYBILL_DATA: join(folder, name),
    PORT: '0',
  }
}

/** Runs `npm start`'s script until it says what to open. */
async function start(
  name: string,
  args: readonly string[] = [],
  until = 'Ctrl-C ends everything',
): Promise<{ readonly child: ChildProcess; readonly table: string }> {
  // Brokers of its own, whose end is looked at, too.
  const { KAFKA_BROKERS: _, AMQP_URL: __, ...env } = environment(name)
  const child = spawn(process.execPath, [`${root}scripts/start.ts`, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let table = ''
  for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    table += text
    if (table.includes(until)) break
  }
  // It goes on printing.
  child.stdout.resume()
  return { child, table }
}

/** The ports of everything that the table says runs. */
function portsIn(table: string): readonly number[] {
  return [...table.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('everything that is said to run does, and Ctrl-C ends all of it', async () => {
  const { child, table } = await start('interrupted')
  const ports = portsIn(table)
  for (const what of ['example reports', 'Waybill', 'OTLP/HTTP', 'OTLP/gRPC', 'Jaeger', 'health', 'Kafka']) {
    assert.ok(table.includes(what), `${what} in\n${table}`)
  }
  for (const port of ports) assert.ok(await answers(port), `${port} in\n${table}`)
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  for (const port of ports) assert.equal(await answers(port), false, `${port} in\n${table}`)
})

test('an example runs with the brokers that it asks for, and plays its scenario', async () => {
  const { child, table } = await start('scenario', ['orders', '--scenario', 'dead-letter'], '/trace/')
  const ports = portsIn(table.slice(0, table.indexOf('Ctrl-C ends everything')))
  for (const what of ['example orders', 'Kafka', 'RabbitMQ', 'An order that nobody pays', '2 ordered'])
    assert.ok(table.includes(what), `${what} in\n${table}`)
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  for (const port of ports) assert.equal(await answers(port), false, `${port} in\n${table}`)
})

test('a scenario that does not exist is answered with those that do, before anything starts', async () => {
  for (const script of ['scripts/start.ts orders', 'examples/orders/src/run.ts']) {
    const [file = '', ...args] = script.split(' ')
    const command = [`${root}${file}`, ...args, '--scenario', 'none']
    const { code, output } = await runCommand(process.execPath, command)
    assert.equal(code, 1)
    // Nothing else is said: what starts says so.
    assert.match(output, /^There is no scenario none; there are bottleneck, .*, sampling\n$/)
  }
})

test('a start that is killed leaves nothing behind', async () => {
  const { child, table } = await start('killed')
  child.kill('SIGKILL')
  for (const port of portsIn(table)) while (await answers(port)) await delay(50)
})

test('a port in use is one line and an exit code', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = String((server.address() as AddressInfo).port)
  const env = { ...environment('port'), WAYBILL_OTLP_HTTP_PORT: port }
  const { code, output } = await runCommand(process.execPath, [`${root}scripts/start.ts`], { env })
  server.close()
  assert.equal(code, 1)
  const lines = output.split('\n').filter(line => line.includes(port))
  assert.equal(lines.length, 1, output)
  assert.match(lines[0] ?? '', /in use/)
})

test('an example that does not exist is answered with those that do', async () => {
  const { code, output } = await runCommand(process.execPath, [`${root}scripts/start.ts`, 'nothing'])
  assert.equal(code, 1)
  assert.match(output, /^Usage: npm start \[-- <example> .*reports/)
})
