import { isThenable } from '../../outcome.ts'
import type { MessagingOptions } from '../../tracing.ts'
import { guarded, holds, warnOnce } from '../../warn.ts'
import type { Setup } from '../amqp/channel.ts'
import { setUp } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import { replaceMethods } from '../amqp/replace.ts'
import { nameConnection } from './channel.ts'
import { tracedConsume, tracedGet } from './consume.ts'
import { tracedAssertQueue } from './declare.ts'
import { tracedPublish } from './publish.ts'
import { tracedRecover, tracedSettle, tracedSettleAll } from './settle.ts'
import type { Callback } from './shapes.ts'

type Wrappers = Readonly<Record<string, (method: Method) => Method>>

function channelMethods(setup: Setup): Wrappers {
  return {
    publish: method => tracedPublish(method, setup),
    consume: method => tracedConsume(method, setup),
    get: method => tracedGet(method, setup),
    ack: method => tracedSettle('ack', method, setup),
    nack: method => tracedSettle('nack', method, setup),
    reject: method => tracedSettle('reject', method, setup),
    ackAll: method => tracedSettleAll('ack', method, setup),
    nackAll: method => tracedSettleAll('nack', method, setup),
    recover: method => tracedRecover(method, setup),
    assertQueue: method => tracedAssertQueue(method, setup),
  }
}

function connectionMethods(setup: Setup): Wrappers {
  return {
    createChannel: method => tracedCreation(method, setup),
    createConfirmChannel: method => tracedCreation(method, setup),
  }
}

/**
 * Makes a channel of amqplib traced, of the promise or the callback API, confirming or not, and gives it back: it
 * is the same object. Do so before its consumers are registered. Tracing a channel again replaces the options.
 *
 * @example
 * const channel = traceChannel(await connection.createChannel(), { continue: 'both' })
 */
export function traceChannel<Channel extends object>(
  channel: Channel,
  options: MessagingOptions = {},
): Channel {
  if (!holds(() => isChannel(channel))) {
    warnOnce('traceChannel was given something that is no channel of amqplib')
    return channel
  }
  guarded('A channel could not be traced', () => replaceMethods(channel, channelMethods(setUp(options))))
  return channel
}

/**
 * Makes every channel traced that a connection of amqplib creates from now on, and gives the connection back: it is
 * the same object. Tracing a connection again replaces the options.
 *
 * @example
 * const connection = traceConnection(await connect('amqp://localhost'))
 */
export function traceConnection<Connection extends object>(
  connection: Connection,
  options: MessagingOptions = {},
): Connection {
  if (!holds(() => typeof (connection as { createChannel?: unknown }).createChannel === 'function')) {
    warnOnce('traceConnection was given something that is no connection of amqplib')
    return connection
  }
  guarded('A connection could not be traced', () =>
    replaceMethods(connection, connectionMethods(setUp(options))),
  )
  return connection
}

/** What amqplib's inner modules export. */
interface AmqplibModule {
  readonly Channel?: { readonly prototype: object }
  readonly ConfirmChannel?: { readonly prototype: object }
  readonly Connection?: { readonly prototype: object }
}

/**
 * Makes every channel of a loaded amqplib traced, those that exist already included; consumers that were registered
 * before are not. Patching again replaces the options.
 *
 * @param module what `lib/channel_model`, `lib/callback_model` or `lib/connection` of amqplib exports.
 */
export function patchAmqplib(module: object, options: MessagingOptions = {}): void {
  const { Channel, ConfirmChannel, Connection } = module as AmqplibModule
  const setup = setUp(options)
  if (Channel !== undefined && isChannel(Channel.prototype))
    replaceMethods(Channel.prototype, channelMethods(setup))
  if (ConfirmChannel !== undefined && Object.hasOwn(ConfirmChannel.prototype, 'publish'))
    replaceMethods(ConfirmChannel.prototype, { publish: method => tracedPublish(method, setup) })
  if (Connection !== undefined) replaceMethods(Connection.prototype, { open: namedOpening })
}

function isChannel(value: object): boolean {
  const { publish, consume } = value as { publish?: unknown; consume?: unknown }
  return typeof publish === 'function' && typeof consume === 'function'
}

type Create = (this: object, ...args: unknown[]) => unknown

/** A connection's `createChannel`: it gives the channel, a promise of it, or calls back with it. */
function tracedCreation(method: Method, setup: Setup): Method {
  const create = method as Create
  const trace = (made: unknown): void => {
    if (typeof made === 'object' && made !== null && isChannel(made))
      guarded('A channel could not be traced', () => replaceMethods(made, channelMethods(setup)))
  }
  return function (this: object, ...args) {
    const callback = args[args.length - 1]
    const told: Callback = function (this: unknown, error, ...results) {
      trace(results[0])
      return (callback as Callback).call(this, error, ...results)
    }
    const result = create.apply(this, typeof callback === 'function' ? [...args.slice(0, -1), told] : args)
    // The first to be told, so that the channel is traced when the application has it. Errors are the application's.
    if (isThenable(result)) result.then(trace, () => {})
    else trace(result)
    return result
  } satisfies Create
}

/** The inner connection's `open`, which is told the name that the application gives to the connection. */
function namedOpening(method: Method): Method {
  const open = method as Create
  return function (this: object, ...args) {
    const [fields] = args as [{ clientProperties?: { connection_name?: unknown } }?]
    nameConnection(this, fields?.clientProperties?.connection_name)
    return open.apply(this, args)
  } satisfies Create
}
