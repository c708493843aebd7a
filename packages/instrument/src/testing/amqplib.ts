import { createRequire } from 'node:module'
import type * as promiseApi from 'amqplib'
import type { ChannelModel } from 'amqplib'
import type * as callbackApi from 'amqplib/callback_api'
import type { TestRabbitmq } from './rabbitmq.ts'

/** An installed amqplib. */
export interface AmqplibVersion {
  readonly version: string
  readonly promises: typeof promiseApi
  readonly callbacks: typeof callbackApi
}

/** Both ends of the range that is supported. */
export const amqplibs: readonly AmqplibVersion[] = ['amqplib-0.5.5', 'amqplib'].map(name => {
  const require = createRequire(import.meta.url)
  const { version } = require(require.resolve(name).replace(/channel_api\.js$/, 'package.json')) as {
    version: string
  }
  return { version, promises: require(name), callbacks: require(`${name}/callback_api`) }
})

/** Opens connections that are closed after the tests of the calling file. */
export function testConnections(rabbitmq: TestRabbitmq) {
  // The older one asks for frames of 4 kB, which is less than RabbitMQ 4.1 allows.
  const url = (): string => `${rabbitmq.url}?frameMax=131072`
  return {
    async promised(
      { promises }: AmqplibVersion,
      options?: Parameters<typeof promiseApi.connect>[1],
    ): Promise<ChannelModel> {
      const connection = await promises.connect(url(), options)
      rabbitmq.atEnd(() => connection.close())
      return connection
    },
    calledBack: ({ callbacks }: AmqplibVersion): Promise<callbackApi.Connection> =>
      new Promise((resolve, reject) => {
        callbacks.connect(url(), (error: unknown, connection: callbackApi.Connection) => {
          if (error !== null) return reject(error)
          rabbitmq.atEnd(() => new Promise<unknown>(closed => connection.close(closed)))
          resolve(connection)
        })
      }),
  }
}
