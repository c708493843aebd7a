import { isThenable } from '../../outcome.ts'
import type { MessagingOptions } from '../../tracing.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { Setup } from './channel.ts'
import { setUp } from './channel.ts'
import { nameConnection } from './connection.ts'
import { tracedConsume, tracedGet } from './consume.ts'
import { tracedAssertQueue } from './declare.ts'
import { tracedPublish } from './publish.ts'
import { tracedRecover, tracedSettle, tracedSettleAll } from './settle.ts'
import type { Callback, Method } from './shapes.ts'

/** Under which a method of ours keeps the client's own, so that nothing is traced twice. */
const original = Symbol.for('waybill.instrument.original')

type Wrapper = (method: Method, setup: Setup) => Method

const channelMethods: Readonly<Record<string, Wrapper>> = {
  publish: tracedPublish,
  consume: tracedConsume,
  get: tracedGet,
  ack: (method, setup) => tracedSettle('ack', method, setup),
  nack: (method, setup) => tracedSettle('nack', method, setup),
  reject: (method, setup) => tracedSettle('reject', method, setup),
  ackAll: (method, setup) => tracedSettleAll('ack', method, setup),
  nackAll: (method, setup) => tracedSettleAll('nack', method, setup),
  recover: tracedRecover,
  assertQueue: tracedAssertQueue,
}

const connectionMethods: Readonly<Record<string, Wrapper>> = {
  createChannel: tracedCreation,
  createConfirmChannel: tracedCreation,
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
  if (!isChannel(channel)) {
    warnOnce('traceChannel was given something that is no channel of amqplib')
    return channel
  }
  guarded('A channel could not be traced', () => replaceMethods(channel, channelMethods, setUp(options)))
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
  if (typeof (connection as { createChannel?: unknown }).createChannel !== 'function') {
    warnOnce('traceConnection was given something that is no connection of amqplib')
    return connection
  }
  guarded('A connection could not be traced', () =>
    replaceMethods(connection, connectionMethods, setUp(options)),
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
    replaceMethods(Channel.prototype, channelMethods, setup)
  if (ConfirmChannel !== undefined && Object.hasOwn(ConfirmChannel.prototype, 'publish'))
    replaceMethods(ConfirmChannel.prototype, { publish: tracedPublish }, setup)
  if (Connection !== undefined) replaceMethods(Connection.prototype, { open: namedOpening }, setup)
}

function isChannel(value: object): boolean {
  const { publish, consume } = value as { publish?: unknown; consume?: unknown }
  return typeof publish === 'function' && typeof consume === 'function'
}

function replaceMethods(target: object, wrappers: Readonly<Record<string, Wrapper>>, setup: Setup): void {
  for (const name in wrappers) {
    const method = (target as Record<string, unknown>)[name]
    const wrap = wrappers[name]
    if (typeof method !== 'function' || wrap === undefined) continue
    const own = originalOf(method as Method)
    const traced = Object.defineProperty(wrap(own, setup), original, { value: own })
    const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false
    Object.defineProperty(target, name, { value: traced, configurable: true, writable: true, enumerable })
  }
}

function originalOf(method: Method): Method {
  return (method as { [original]?: Method })[original] ?? method
}

type Create = (this: object, ...args: unknown[]) => unknown

/** A connection's `createChannel`: it gives the channel, a promise of it, or calls back with it. */
function tracedCreation(method: Method, setup: Setup): Method {
  const create = method as unknown as Create
  const trace = (made: unknown): void => {
    if (typeof made === 'object' && made !== null && isChannel(made))
      guarded('A channel could not be traced', () => replaceMethods(made, channelMethods, setup))
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
  } satisfies Create as unknown as Method
}

/** The inner connection's `open`, which is told the name that the application gives to the connection. */
function namedOpening(method: Method): Method {
  const open = method as unknown as Create
  return function (this: object, ...args) {
    const [fields] = args as [{ clientProperties?: { connection_name?: unknown } }?]
    nameConnection(this, fields?.clientProperties?.connection_name)
    return open.apply(this, args)
  } satisfies Create as unknown as Method
}
