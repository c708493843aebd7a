import { whenSettled } from '../../outcome.ts'
import type { MessagingOptions } from '../../tracing.ts'
import { guarded, warnOnce } from '../../warn.ts'
import type { ChannelBook, Setup } from '../amqp/channel.ts'
import { loseAll, openBook, peerAt, setUp } from '../amqp/channel.ts'
import type { Method } from '../amqp/replace.ts'
import { replaceMethods } from '../amqp/replace.ts'
import type { Settlement } from '../amqp/settle.ts'
import { settleWith } from '../amqp/settle.ts'
import { tracedConsume, tracedDeclare, tracedGet } from './consume.ts'
import { tracedPublish } from './publish.ts'
import { queueMethods } from './queue.ts'
import type { Channel, Client, Session } from './shapes.ts'

/**
 * Makes a client of @cloudamqp/amqp-client traced (2.0 to 4.x), or a session (4.0 and later), with the channels and
 * queues that it gives from now on, and gives it back: it is the same object. Tracing it again replaces the options.
 *
 * @example
 * const session = traceAmqpClient(await AMQPSession.connect('amqp://localhost'), { continue: 'both' })
 */
export function traceAmqpClient<Given extends object>(given: Given, options: MessagingOptions = {}): Given {
  const client = clientOf(given)
  if (client === undefined) {
    warnOnce('traceAmqpClient was given something that is no client or session of @cloudamqp/amqp-client')
    return given
  }
  guarded('A client could not be traced', () => {
    const setup = setUp(options)
    replaceMethods(client, clientMethods(setup))
    if (isSession(given)) traceSession(given, client, setup)
  })
  return given
}

/** What the client's inner modules `amqp-base-client` and `amqp-queue` export, in either of the two copies. */
interface CloudamqpModule {
  readonly AMQPBaseClient?: { readonly prototype: object }
  readonly AMQPQueue?: { readonly prototype: object }
}

/**
 * Makes every client and session of a loaded @cloudamqp/amqp-client traced, those that exist already included;
 * channels that were opened before are not. Patching again replaces the options.
 */
export function patchCloudamqp(module: object, options: MessagingOptions = {}): void {
  const { AMQPBaseClient, AMQPQueue } = module as CloudamqpModule
  if (AMQPBaseClient !== undefined && isClient(AMQPBaseClient.prototype))
    replaceMethods(AMQPBaseClient.prototype, clientMethods(setUp(options)))
  if (AMQPQueue !== undefined && isSessionQueue(AMQPQueue.prototype))
    replaceMethods(AMQPQueue.prototype, queueMethods)
}

/** The client of a session, or the client itself; undefined for what is neither. */
function clientOf(given: object): Client | undefined {
  try {
    const client = isSession(given) ? given.client : given
    return isClient(client) ? client : undefined
  } catch {
    return undefined
  }
}

function isClient(value: object): value is Client {
  return typeof (value as { channel?: unknown }).channel === 'function'
}

function isSession(value: object): value is Session {
  const { client, queue } = value as { client?: unknown; queue?: unknown }
  return typeof client === 'object' && client !== null && typeof queue === 'function'
}

/** Up to 3.x a queue's `subscribe` hands the handler to the channel as it is, and there is no `consumeOne`. */
function isSessionQueue(value: object): boolean {
  return typeof (value as { consumeOne?: unknown }).consumeOne === 'function'
}

function clientMethods(setup: Setup): Readonly<Record<string, (method: Method) => Method>> {
  return {
    channel: method => {
      const open = method as Client['channel']
      return async function (this: Client, id?: number) {
        const channel = await open.call(this, id)
        guarded('A channel could not be traced', () => traceChannel(channel, this, setup))
        return channel
      }
    },
  }
}

/** A session keeps channels and queues of its own, which may be there already. */
function traceSession(session: Session, client: Client, setup: Setup): void {
  for (const channel of client.channels ?? []) if (channel !== undefined) traceChannel(channel, client, setup)
  replaceMethods(session, {
    queue: method => {
      const queue = method as Session['queue']
      return async function (this: Session, ...args: unknown[]) {
        const made = await queue.apply(this, args)
        guarded('A queue could not be traced', () => replaceMethods(made, queueMethods))
        return made
      }
    },
  })
}

/** Replaces the methods of a channel, which is the same object to the application. */
function traceChannel(channel: Channel, client: Client, setup: Setup): void {
  const book = openBook(channel, client, peerAt(client.socket, client.name), setup)
  replaceMethods(channel, {
    basicPublish: method => tracedPublish(book, method as Channel['basicPublish']),
    basicConsume: method => tracedConsume(book, method as Channel['basicConsume']),
    basicGet: method => tracedGet(book, method as Channel['basicGet']),
    queueDeclare: method => tracedDeclare(book, method as Channel['queueDeclare']),
    basicAck: method => tracedAck(book, method as Channel['basicAck']),
    basicNack: method => tracedNack(book, method as Channel['basicNack']),
    basicReject: method => tracedReject(book, method as Channel['basicReject']),
    basicRecover: method => tracedRecover(book, method as Channel['basicRecover']),
    setClosed: method => tracedSetClosed(book, method as Channel['setClosed']),
  })
}

function tracedAck(book: ChannelBook, ack: Channel['basicAck']): Channel['basicAck'] {
  return function (this: Channel, deliveryTag, multiple) {
    const call: Settlement = { name: 'ack', deliveryTag, multiple: Boolean(multiple), requeue: false }
    return settleWith(book, call, () => ack.call(this, deliveryTag, multiple))
  }
}

function tracedNack(book: ChannelBook, nack: Channel['basicNack']): Channel['basicNack'] {
  return function (this: Channel, deliveryTag, requeue, multiple) {
    const call: Settlement = {
      name: 'nack',
      deliveryTag,
      multiple: Boolean(multiple),
      requeue: Boolean(requeue),
    }
    return settleWith(book, call, () => nack.call(this, deliveryTag, requeue, multiple))
  }
}

function tracedReject(book: ChannelBook, reject: Channel['basicReject']): Channel['basicReject'] {
  return function (this: Channel, deliveryTag, requeue) {
    const call: Settlement = { name: 'reject', deliveryTag, multiple: false, requeue: Boolean(requeue) }
    return settleWith(book, call, () => reject.call(this, deliveryTag, requeue))
  }
}

function tracedRecover(book: ChannelBook, recover: Channel['basicRecover']): Channel['basicRecover'] {
  return function (this: Channel, requeue) {
    return whenSettled(
      () => recover.call(this, requeue),
      () => loseAll(book, 'recovered'),
      () => {},
    )
  }
}

function tracedSetClosed(book: ChannelBook, setClosed: Channel['setClosed']): Channel['setClosed'] {
  return function (this: Channel, error) {
    setClosed.call(this, error)
    guarded('A closed channel could not be traced', () => loseAll(book, 'closed'))
  }
}
