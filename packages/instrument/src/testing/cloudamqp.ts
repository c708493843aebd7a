import { createRequire } from 'node:module'
import { afterEach } from 'node:test'
import * as esModule from '@cloudamqp/amqp-client'
import type { TestRabbitmq } from './rabbitmq.ts'

type Cloudamqp = typeof esModule

/** An installed @cloudamqp/amqp-client. */
export interface CloudamqpVersion {
  readonly title: string
  readonly module: Cloudamqp
  /** From 4.0 on. */
  readonly hasSessions: boolean
}

const require = createRequire(import.meta.url)

/** Both ends of the range that is supported; of the newer one both copies, whose classes are not the same. */
export const cloudamqps: readonly CloudamqpVersion[] = [
  { title: '2.0.0', module: require('cloudamqp-amqp-client-2.0.0') as Cloudamqp, hasSessions: false },
  { title: '4.x, ES module', module: esModule, hasSessions: true },
  { title: '4.x, CommonJS', module: require('@cloudamqp/amqp-client') as Cloudamqp, hasSessions: true },
]

/** Opens clients and sessions that are closed after each test of the calling file. */
export function testCloudamqps(rabbitmq: TestRabbitmq): {
  client(version: CloudamqpVersion): Promise<esModule.AMQPClient>
  session(version: CloudamqpVersion, options?: esModule.AMQPSessionOptions): Promise<esModule.AMQPSession>
} {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  return {
    async client({ module }) {
      const client = new module.AMQPClient(`${rabbitmq.url}?name=shop&frameMax=131072`)
      client.onerror = () => {}
      await client.connect()
      closing.push(async () => {
        if (!client.closed) await client.close()
      })
      return client
    },
    async session({ module }, options) {
      const session = await module.AMQPSession.connect(rabbitmq.url, {
        name: 'shop',
        logger: null,
        ...options,
      })
      closing.push(() => session.stop())
      return session
    },
  }
}
