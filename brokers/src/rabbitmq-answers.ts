import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { BrokerUnavailable } from './errors.ts'

/** AMQP 0-9-1, section 4.2.2: what a client begins with. */
const protocolHeader = Buffer.from('AMQP\0\0\x09\x01', 'latin1')
/** Section 4.2.3: the type of a frame with a method, which is what a server begins with. */
const methodFrame = 1
const pauseMs = 100
const answerBoundMs = 2_000

/**
 * Resolves when a broker answers AMQP 0-9-1 at the address; it is asked again until then.
 *
 * @throws BrokerUnavailable once the time is over.
 */
export async function rabbitmqAnswers(url: string, boundMs: number): Promise<void> {
  const address = URL.parse(url)
  if (address === null || !/^amqps?:$/.test(address.protocol))
    throw new BrokerUnavailable(
      `AMQP_URL is ${url}, not an address such as amqp://guest:guest@localhost:5672`,
    )
  const host = address.hostname === '' ? 'localhost' : address.hostname
  const port = Number(address.port || (address.protocol === 'amqps:' ? 5671 : 5672))
  const untilMs = performance.now() + boundMs
  for (;;) {
    const isEncrypted = address.protocol === 'amqps:'
    const failure = await ask(host, port, isEncrypted).then(
      () => undefined,
      (error: Error) => error,
    )
    if (failure === undefined) return
    if (performance.now() >= untilMs)
      throw new BrokerUnavailable(`RabbitMQ does not answer at ${host}:${port}: ${failure.message}`)
    await delay(pauseMs)
  }
}

/** An encrypted port is only connected to: what it would answer is its client's business. */
async function ask(host: string, port: number, isEncrypted: boolean): Promise<void> {
  const socket = createConnection(port, host)
  const signal = AbortSignal.timeout(answerBoundMs)
  try {
    await once(socket, 'connect', { signal })
    if (isEncrypted) return
    socket.write(protocolHeader)
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
    if (answer[0] !== methodFrame) throw new Error('what answers there does not speak AMQP 0-9-1')
  } finally {
    socket.destroy()
  }
}
