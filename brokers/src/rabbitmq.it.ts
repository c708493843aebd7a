import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from './free-port.ts'
import { startRabbitmq } from './rabbitmq.ts'
import { rabbitmqAnswers } from './rabbitmq-answers.ts'
import { startLocalRabbitmq } from './rabbitmq-local.ts'

const answers = (url: string): Promise<boolean> =>
  rabbitmqAnswers(url, 0).then(
    () => true,
    () => false,
  )

test('a broker takes connections, and is left alone or gone after stop', async () => {
  const broker = await startRabbitmq()
  try {
    assert.equal(await answers(broker.url), true)
  } finally {
    await broker.stop()
  }
  assert.equal(await answers(broker.url), broker.kind === 'existing')
})

test('a local broker listens on the port asked for, and says when it is taken', async () => {
  const [port = 0] = await freePorts(1)
  const broker = await startLocalRabbitmq({ port })
  try {
    assert.equal(broker.url, `amqp://guest:guest@127.0.0.1:${port}`)
    assert.equal(broker.kind, 'local')
    await assert.rejects(startLocalRabbitmq({ port }), /RabbitMQ did not start: .*eaddrinuse/i)
  } finally {
    await broker.stop()
  }
  assert.equal(await answers(broker.url), false)
})

test('no broker outlives a starter that is killed', async () => {
  const { AMQP_URL: _, ...env } = process.env
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
  const starter = spawn(process.execPath, [cli, 'rabbitmq'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [url] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
    assert.equal(await answers(url), true)
    starter.kill('SIGKILL')
    while (await answers(url)) await delay(50)
  } finally {
    starter.kill('SIGKILL')
  }
})

test('what does not answer, and what is no address, is named in the error', async () => {
  const [port = 0] = await freePorts(1)
  await assert.rejects(rabbitmqAnswers(`amqp://127.0.0.1:${port}`, 0), {
    name: 'BrokerUnavailable',
    message: new RegExp(`127.0.0.1:${port}`),
  })
  await assert.rejects(rabbitmqAnswers('localhost:5672', 0), { message: /not an address such as amqp:/ })
})
