import { whenSettled } from '../../outcome.ts'
import type { MessagingOptions } from '../../tracing.ts'
import { guarded, holds, warnOnce } from '../../warn.ts'
import type { ChannelBook, Setup } from '../amqp/channel.ts'
import { loseAll, openBook, peerAt, setUp } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import { replaceMethods } from '../amqp/replace.ts'
import { settleWith } from '../amqp/settle.ts'
import { tracedConsume, tracedDeclare, tracedGet, tracedHandler } from './consume.ts'
import { tracedPublish, tracedSend } from './publish.ts'
import type { Channel, Connection } from './shapes.ts'

/**
 * Makes a connection of rabbitmq-client traced (4.4 to 5.x), with its channels, consumers, publishers and RPC clients
 * that are made from now on, and gives it back: it is the same object. Tracing a connection again replaces the
 * options.
 *
 * @example
 * const rabbit = traceRabbitmqClient(new Connection('amqp://localhost'), { continue: 'both' })
 */
export function traceRabbitmqClient<Client extends object>(
  connection: Client,
  options: MessagingOptions = {},
): Client {
  if (!holds(() => isConnection(connection))) {
    warnOnce('traceRabbitmqClient was given something that is no connection of rabbitmq-client')
    return connection
  }
  guarded('A connection could not be traced', () =>
    replaceMethods(connection, connectionMethods(setUp(options))),
  )
  return connection
}

/**
 * Makes every connection of a loaded rabbitmq-client traced, those that exist already included; channels, consumers
 * and publishers that were made before are not. Patching again replaces the options.
 *
 * @param module what the package exports.
 */
export function patchRabbitmqClient(module: object, options: MessagingOptions = {}): void {
  const { Connection } = module as { readonly Connection?: { readonly prototype: object } }
  if (Connection !== undefined && isConnection(Connection.prototype))
    replaceMethods(Connection.prototype, connectionMethods(setUp(options)))
}

function isConnection(value: object): value is Connection {
  const { acquire, createConsumer } = value as { acquire?: unknown; createConsumer?: unknown }
  return typeof acquire === 'function' && typeof createConsumer === 'function'
}

function connectionMethods(setup: Setup): Readonly<Record<string, (method: Method) => Method>> {
  return {
    acquire: method => tracedAcquire(setup, method as Connection['acquire'], false),
    createConsumer: method => tracedCreateConsumer(setup, method as Connection['createConsumer']),
    createPublisher: method => tracedCreatePublisher(setup, method as Connection['createPublisher']),
  }
}

function tracedAcquire(
  setup: Setup,
  acquire: Connection['acquire'],
  isConsumers: boolean,
): Connection['acquire'] {
  return async function (this: Connection, options) {
    const channel = await acquire.call(this, options)
    guarded('A channel could not be traced', () => traceChannel(channel, this, setup, isConsumers))
    return channel
  }
}

/** A Consumer has a channel of its own; what that delivers is traced when the Consumer hands it on. */
function tracedCreateConsumer(
  setup: Setup,
  create: Connection['createConsumer'],
): Connection['createConsumer'] {
  return function (this: Connection, props, handler) {
    if (typeof handler !== 'function') return create.call(this, props, handler)
    const { acquire } = this
    const own = originalOf(acquire)
    const view: Connection = Object.create(this, {
      acquire: { value: (options: unknown) => tracedAcquire(setup, own, true).call(this, options) },
    })
    return create.call(view, props, tracedHandler(handler))
  }
}

function originalOf(acquire: Connection['acquire']): Connection['acquire'] {
  const original = Symbol.for('waybill.instrument.original')
  return (acquire as { [original]?: Connection['acquire'] })[original] ?? acquire
}

function tracedCreatePublisher(
  setup: Setup,
  create: Connection['createPublisher'],
): Connection['createPublisher'] {
  return function (this: Connection, props) {
    const publisher = create.call(this, props)
    guarded('A publisher could not be traced', () => {
      const { send, publish } = publisher
      if (typeof send !== 'function') return
      const { maxAttempts } = props ?? {}
      const retries = typeof maxAttempts === 'number' && maxAttempts > 1
      const traced = tracedSend(() => bookOf({}, this, setup), send, retries)
      publisher.send = traced
      if (publish === send) publisher.publish = traced
    })
    return publisher
  }
}

/** Replaces the methods of a channel, which is the same object to the application. */
function traceChannel(channel: Channel, connection: Connection, setup: Setup, isConsumers: boolean): void {
  const book = bookOf(channel, connection, setup)
  replaceMethods(channel, {
    basicPublish: method => tracedPublish(book, method as Channel['basicPublish']),
    basicConsume: method => tracedConsume(book, method as Channel['basicConsume'], isConsumers),
    basicGet: method => tracedGet(book, method as Channel['basicGet']),
    queueDeclare: method => tracedDeclare(book, method as Channel['queueDeclare']),
    basicAck: method => tracedSettle('ack', book, method as Channel['basicAck']),
    basicNack: method => tracedSettle('nack', book, method as Channel['basicNack']),
    basicRecover: method => tracedRecover(book, method as Channel['basicRecover']),
  })
  channel.once('close', () => guarded('A closed channel could not be traced', () => loseAll(book, 'closed')))
}

function tracedRecover(book: ChannelBook, recover: Channel['basicRecover']): Channel['basicRecover'] {
  return function (this: Channel, params) {
    return whenSettled(
      () => recover.call(this, params),
      () => loseAll(book, 'recovered'),
      () => {},
    )
  }
}

function bookOf(channel: object, connection: Connection, setup: Setup): ChannelBook {
  return openBook(channel, connection, peerAt(connection._socket, connection._opt?.connectionName), setup)
}

function tracedSettle(
  name: 'ack' | 'nack',
  book: ChannelBook,
  settle: Channel['basicAck'],
): Channel['basicAck'] {
  return function (this: Channel, params) {
    const { deliveryTag, multiple, requeue } = params ?? {}
    const settlement = {
      name,
      deliveryTag,
      multiple: Boolean(multiple),
      requeue: requeue === undefined || Boolean(requeue),
    }
    return settleWith(book, settlement, () => settle.call(this, params))
  }
}
