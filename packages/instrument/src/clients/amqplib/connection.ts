import type { Address, Peer } from '../../message.ts'
import type { Queue } from '../../systems/rabbitmq.ts'
import { guarded } from '../../warn.ts'

/** What is known of one connection to a broker. */
export interface ConnectionFacts {
  readonly peer: Peer
  /** The queues that were declared or consumed through it, by name. */
  readonly queues: Map<string, Queue>
}

const facts = new WeakMap<object, ConnectionFacts>()
const connectionNames = new WeakMap<object, string>()
const maxQueues = 1000

/** What is known of a connection (of amqplib's inner one, which channels have), the same object each time. */
export function factsOf(connection: object): ConnectionFacts {
  const known = facts.get(connection)
  if (known !== undefined) return known
  const made: ConnectionFacts = {
    peer: guarded('The address of a RabbitMQ could not be read', () => peerOf(connection)) ?? {},
    queues: new Map(),
  }
  facts.set(connection, made)
  return made
}

/** Notes the name that an application gave to a connection (RabbitMQ's client property `connection_name`). */
export function nameConnection(connection: object, name: unknown): void {
  if (typeof name === 'string' && name !== '') connectionNames.set(connection, name)
}

/** A queue of that name, as it was declared, or plain. */
export function queueNamed({ queues }: ConnectionFacts, name: string): Queue {
  return queues.get(name) ?? keepQueue(queues, { name })
}

/** Notes how a queue was declared. */
export function queueDeclared({ queues }: ConnectionFacts, queue: Queue): void {
  keepQueue(queues, queue)
}

function keepQueue(queues: Map<string, Queue>, queue: Queue): Queue {
  if (queues.size >= maxQueues) queues.clear()
  queues.set(queue.name, queue)
  return queue
}

/** The socket's fields that are used. Node keeps the name that was looked up in `_host`; none if it was an address. */
interface Socket {
  readonly remoteAddress?: unknown
  readonly remotePort?: unknown
  readonly _host?: unknown
}

function peerOf(connection: object): Peer {
  const { stream } = connection as { readonly stream?: Socket }
  const network = addressOf(stream?.remoteAddress, stream?.remotePort)
  return {
    clientId: connectionNames.get(connection),
    server: addressOf(stream?._host, stream?.remotePort) ?? network,
    network,
  }
}

function addressOf(host: unknown, port: unknown): Address | undefined {
  return typeof host === 'string' && host !== '' && typeof port === 'number' ? { host, port } : undefined
}
