import type { Address, Peer } from '../../message.ts'
import type { Route } from '../../route.ts'
import type { SendCall } from '../../send.ts'
import type { KafkaRoutes } from '../../systems/kafka.ts'
import { kafkaRoutes } from '../../systems/kafka.ts'
import type { MessagingTracing } from '../../tracing.ts'
import type { Envelope } from './envelope.ts'
import type { Client, Metadata } from './shapes.ts'

export type RouteTo = (topic: string, partition?: number) => Route

/** What is known of one producer or consumer. */
export interface ClientState {
  readonly routeTo: RouteTo
  /** Of offsets that a producer commits for a consumer group. */
  readonly routesOf: (group: string | undefined) => RouteTo
  /** Messages that the broker has not answered yet. */
  readonly pending: Set<Envelope>
  /** The call that is just producing several messages, where it has a span. */
  call: SendCall | undefined
}

export type StateOf = (client: Client) => ClientState

/** Keeps what is known of every client, for as long as it lives. */
export function clientStates(tracing: MessagingTracing): StateOf {
  const states = new WeakMap<Client, ClientState>()
  return client => {
    const known = states.get(client)
    if (known !== undefined) return known
    const state = stateOf(client, tracing)
    states.set(client, state)
    return state
  }
}

function stateOf(client: Client, tracing: MessagingTracing): ClientState {
  const peerOf = peersOf(client)
  const routesTo = (routes: KafkaRoutes): RouteTo => {
    return (topic, partition) => routes(topic, partition, peerOf(topic, partition))
  }
  const groups = new Map<string | undefined, RouteTo>()
  return {
    routeTo: routesTo(kafkaRoutes(tracing, groupOf(client))),
    routesOf(group) {
      const routeTo = groups.get(group) ?? routesTo(kafkaRoutes(tracing, group))
      groups.set(group, routeTo)
      return routeTo
    },
    pending: new Set(),
    call: undefined,
  }
}

/** The consumer group that a client is of; producers are of none. */
export function groupOf({ globalConfig }: Client): string | undefined {
  const group = globalConfig?.['group.id']
  return typeof group === 'string' ? group : undefined
}

/** What librdkafka calls itself to the brokers where the application gives no name. */
const defaultClientId = 'rdkafka'

/**
 * The brokers by what the client's own metadata says, without a request of ours. The metadata object is replaced
 * whenever the application asks for it.
 */
function peersOf(client: Client): (topic: string, partition: number | undefined) => Peer {
  const id = client.globalConfig?.['client.id']
  const clientId = typeof id === 'string' && id !== '' ? id : defaultClientId
  const unknown: Peer = { clientId }
  let seen: Metadata | undefined
  let brokers = new Map<number, Peer>()
  let leaders = new Map<string, readonly (Peer | undefined)[]>()
  return (topic, partition) => {
    if (client._metadata !== seen) {
      seen = client._metadata
      brokers = new Map(seen?.brokers?.map(({ id, host, port }) => [id, peerOf(clientId, { host, port })]))
      leaders = new Map()
    }
    if (partition === undefined || brokers.size === 0) return unknown
    let ofTopic = leaders.get(topic)
    if (ofTopic === undefined) {
      ofTopic = leadersOf(seen, topic, brokers)
      leaders.set(topic, ofTopic)
    }
    return ofTopic[partition] ?? onlyOne(brokers) ?? unknown
  }
}

function peerOf(clientId: string, server: Address): Peer {
  return { clientId, server }
}

function leadersOf(
  metadata: Metadata | undefined,
  topic: string,
  brokers: ReadonlyMap<number, Peer>,
): readonly (Peer | undefined)[] {
  const leaders: (Peer | undefined)[] = []
  const partitions = metadata?.topics?.find(({ name }) => name === topic)?.partitions ?? []
  for (const { id, leader } of partitions) leaders[id] = brokers.get(leader)
  return leaders
}

/** A cluster's only broker leads every partition, those of topics too that are younger than the metadata. */
function onlyOne(brokers: ReadonlyMap<number, Peer>): Peer | undefined {
  if (brokers.size !== 1) return undefined
  for (const peer of brokers.values()) return peer
  return undefined
}
