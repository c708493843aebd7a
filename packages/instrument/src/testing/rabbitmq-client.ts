import { createRequire } from 'node:module'
import { afterEach } from 'node:test'
import type * as rabbitmqClient from 'rabbitmq-client'
import type { Connection, ConnectionOptions } from 'rabbitmq-client'
import type { TestRabbitmq } from './rabbitmq.ts'

/** An installed rabbitmq-client. */
export interface RabbitmqClientVersion {
  readonly version: string
  readonly module: typeof rabbitmqClient
}

/** Both ends of the range that is supported. */
export const rabbitmqClients: readonly RabbitmqClientVersion[] = [
  'rabbitmq-client-4.4.0',
  'rabbitmq-client',
].map(name => {
  const require = createRequire(import.meta.url)
  const { version } = require(`${name}/package.json`) as { version: string }
  return { version, module: require(name) as typeof rabbitmqClient }
})

/** Opens connections whose consumers, publishers and channels are closed with them after each test of the calling file. */
export function testRabbitmqClients(rabbitmq: TestRabbitmq): {
  connect(client: RabbitmqClientVersion, options?: ConnectionOptions): Promise<Connection>
} {
  const connections: Connection[] = []
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.unsafeDestroy()
  })
  return {
    async connect({ module }, options) {
      const connection = new module.Connection({ url: rabbitmq.url, ...options })
      connection.on('error', () => {})
      await new Promise<void>(resolve => connection.once('connection', () => resolve()))
      connections.push(connection)
      return connection
    },
  }
}
