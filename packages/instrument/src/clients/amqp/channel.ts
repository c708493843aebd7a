import type { Address, Peer } from '../../message.ts'
import type { Queue, RabbitmqRoutes } from '../../systems/rabbitmq.ts'
import { rabbitmqRoutes } from '../../systems/rabbitmq.ts'
import type { MessagingOptions, MessagingTracing } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import type { Unsettled } from '../../unsettled.ts'
import { unsettled } from '../../unsettled.ts'
import type { Delivery } from './delivery.ts'

/*
 * What the clients that speak AMQP 0-9-1 have in common: a channel, the queues that are known on its connection, and
 * what it has delivered.
 */

/** Options, prepared, with the routes of each connection that they are used on. */
export interface Setup {
  readonly tracing: MessagingTracing
  readonly routes: WeakMap<object, RabbitmqRoutes>
}

/** Prepares options: once for a client that is traced. */
export function setUp(options: MessagingOptions | undefined): Setup {
  return { tracing: messagingTracing(options), routes: new WeakMap() }
}

/** What the instrumentation keeps of one channel. */
export interface ChannelBook {
  readonly unsettled: Unsettled<Delivery>
  /** What was unsettled when the channel closed: the client refuses to settle it. */
  readonly lost: Unsettled<Delivery>
  /** The queues that were declared or consumed through the connection, by name. */
  readonly queues: Map<string, Queue>
  readonly peer: Peer
  tracing: MessagingTracing
  routes: RabbitmqRoutes
  /** The queue that AMQP means by an empty name: the last that the channel declared. */
  lastQueue: string
}

const books = new WeakMap<object, ChannelBook>()
const queuesOf = new WeakMap<object, Map<string, Queue>>()
const maxQueues = 1000

/** What is kept of a channel, from now on with these options. */
export function openBook(
  channel: object,
  connection: object,
  peer: Peer,
  { tracing, routes: known }: Setup,
): ChannelBook {
  const routes = known.get(connection) ?? rabbitmqRoutes(tracing)
  known.set(connection, routes)
  const book = books.get(channel)
  if (book !== undefined) return Object.assign(book, { tracing, routes })
  const queues = queuesOf.get(connection) ?? new Map<string, Queue>()
  queuesOf.set(connection, queues)
  const opened: ChannelBook = {
    unsettled: unsettled(),
    lost: unsettled(),
    queues,
    peer,
    tracing,
    routes,
    lastQueue: '',
  }
  books.set(channel, opened)
  return opened
}

/** A queue that a call names; an empty name is the last that the channel declared. The same object each time. */
export function queueCalled({ queues, lastQueue }: ChannelBook, called: unknown): Queue {
  const name = typeof called === 'string' && called !== '' ? called : lastQueue
  return queues.get(name) ?? keepQueue(queues, { name })
}

/** Notes how a queue was declared through a channel. */
export function noteQueue(book: ChannelBook, queue: Queue): void {
  book.lastQueue = queue.name
  const { isAnonymous, isTemporary } = book.queues.get(queue.name) ?? {}
  if (isAnonymous !== queue.isAnonymous || isTemporary !== queue.isTemporary) keepQueue(book.queues, queue)
}

function keepQueue(queues: Map<string, Queue>, queue: Queue): Queue {
  if (queues.size >= maxQueues) queues.clear()
  queues.set(queue.name, queue)
  return queue
}

/** Why nothing that a channel has delivered can be settled any more: the broker delivers it again. */
const losses = {
  closed: { type: 'channel_closed', message: 'The channel closed before the message was settled' },
  recovered: { type: 'recovered', message: 'The channel gave the message back before it was settled' },
} as const

/** Tells everything that a channel has not settled that it will not be. */
export function loseAll(book: ChannelBook, loss: keyof typeof losses): void {
  for (const delivery of book.unsettled.takeAll()) {
    delivery.lose(losses[loss])
    const { deliveryTag } = delivery.message
    if (loss === 'closed' && typeof deliveryTag === 'number') book.lost.keep(deliveryTag, delivery)
  }
}

/** The socket's fields that are used. Node keeps the name that was looked up in `_host`; none if it was an address. */
interface Socket {
  readonly remoteAddress?: unknown
  readonly remotePort?: unknown
  readonly _host?: unknown
}

const peers = new WeakMap<object, Peer>()

/** The broker at a socket's other end, the same object each time. */
export function peerAt(socket: unknown, clientId: unknown): Peer {
  if (typeof socket !== 'object' || socket === null) return {}
  const known = peers.get(socket)
  if (known !== undefined) return known
  const { remoteAddress, remotePort, _host } = socket as Socket
  const network = addressOf(remoteAddress, remotePort)
  const peer: Peer = {
    clientId: typeof clientId === 'string' && clientId !== '' ? clientId : undefined,
    server: addressOf(_host, remotePort) ?? network,
    network,
  }
  peers.set(socket, peer)
  return peer
}

function addressOf(host: unknown, port: unknown): Address | undefined {
  return typeof host === 'string' && host !== '' && typeof port === 'number' ? { host, port } : undefined
}
