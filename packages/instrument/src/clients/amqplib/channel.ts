import { guarded } from '../../warn.ts'
import type { ChannelBook, Setup } from '../amqp/channel.ts'
import { loseAll, openBook, peerAt } from '../amqp/channel.ts'
import type { Channel } from './shapes.ts'

/** What the instrumentation keeps of one channel. */
export interface ChannelState {
  readonly book: ChannelBook
  readonly isConfirming: boolean
  setup: Setup
  /** While a confirm channel's `publish` calls that of a plain channel. */
  isPublishing: boolean
  /** How to fail the publications that the broker may give back, by the ids of their spans. */
  returnable: Map<string, (error: unknown) => void> | undefined
}

const stateKey = Symbol('waybill.channel')

interface StatefulChannel extends Channel {
  [stateKey]?: ChannelState
}

/** What is kept of a channel already. */
export function knownState(channel: Channel): ChannelState | undefined {
  return (channel as StatefulChannel)[stateKey]
}

/** What is kept of a channel, from now on with these options. */
export function stateOf(channel: Channel, setup: Setup): ChannelState {
  const known = (channel as StatefulChannel)[stateKey]
  if (known === undefined) return newState(channel, setup)
  if (known.setup !== setup) {
    known.setup = setup
    open(channel, setup)
  }
  return known
}

function newState(channel: Channel, setup: Setup): ChannelState {
  const book = open(channel, setup)
  const state: ChannelState = {
    book,
    isConfirming: typeof channel.waitForConfirms === 'function',
    setup,
    isPublishing: false,
    returnable: undefined,
  }
  Object.defineProperty(channel, stateKey, { value: state })
  channel.on('close', () => {
    guarded('Messages that were not settled could not be traced', () => loseAll(book, 'closed'))
  })
  return state
}

const connectionNames = new WeakMap<object, unknown>()

/** Notes the name that an application gave to a connection (RabbitMQ's client property `connection_name`). */
export function nameConnection(connection: object, name: unknown): void {
  connectionNames.set(connection, name)
}

function open(channel: Channel, setup: Setup): ChannelBook {
  const { connection } = channel
  const { stream } = connection as { readonly stream?: unknown }
  return openBook(channel, connection, peerAt(stream, connectionNames.get(connection)), setup)
}
