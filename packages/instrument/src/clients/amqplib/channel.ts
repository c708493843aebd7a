import type { Queue, RabbitmqRoutes } from '../../systems/rabbitmq.ts'
import { rabbitmqRoutes } from '../../systems/rabbitmq.ts'
import type { MessagingOptions, MessagingTracing } from '../../tracing.ts'
import { messagingTracing } from '../../tracing.ts'
import type { Unsettled } from '../../unsettled.ts'
import { unsettled } from '../../unsettled.ts'
import { warnOnce } from '../../warn.ts'
import type { ConnectionFacts } from './connection.ts'
import { factsOf, queueNamed } from './connection.ts'
import type { Delivery } from './delivery.ts'
import type { Channel } from './shapes.ts'

/** Options, prepared, with the routes of each connection that they are used on. */
export interface Setup {
  readonly tracing: MessagingTracing
  readonly routes: WeakMap<object, RabbitmqRoutes>
}

/** Prepares options: once for a client, a connection or a channel that is traced. */
export function setUp(options: MessagingOptions | undefined): Setup {
  return { tracing: messagingTracing(options), routes: new WeakMap() }
}

/** What the instrumentation keeps of one channel. */
export interface ChannelState {
  readonly connection: ConnectionFacts
  readonly unsettled: Unsettled<Delivery>
  readonly isConfirming: boolean
  setup: Setup
  routes: RabbitmqRoutes
  /** The queue that AMQP means by an empty name: the last that the channel declared. */
  lastQueue: string
  /** While a confirm channel's `publish` calls that of a plain channel. */
  isPublishing: boolean
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
    known.routes = routesOn(channel.connection, setup)
  }
  return known
}

function newState(channel: Channel, setup: Setup): ChannelState {
  const state: ChannelState = {
    connection: factsOf(channel.connection),
    unsettled: unsettled(),
    isConfirming: typeof channel.waitForConfirms === 'function',
    setup,
    routes: routesOn(channel.connection, setup),
    lastQueue: '',
    isPublishing: false,
  }
  Object.defineProperty(channel, stateKey, { value: state })
  channel.on('close', () =>
    loseAll(state, 'channel_closed', 'The channel closed before the message was settled'),
  )
  return state
}

function routesOn(connection: object, { tracing, routes }: Setup): RabbitmqRoutes {
  const known = routes.get(connection)
  if (known !== undefined) return known
  const made = rabbitmqRoutes(tracing)
  routes.set(connection, made)
  return made
}

/** A queue that a call names; an empty name is the last that the channel declared. */
export function queueCalled({ connection, lastQueue }: ChannelState, name: string): Queue {
  return queueNamed(connection, name === '' ? lastQueue : name)
}

/** Tells everything that is unsettled that it will not be settled any more: the broker delivers it again. */
export function loseAll({ unsettled }: ChannelState, type: string, message: string): void {
  try {
    for (const delivery of unsettled.takeAll()) delivery.lose({ type, message })
  } catch (error) {
    warnOnce('Messages that were not settled could not be traced', error)
  }
}
