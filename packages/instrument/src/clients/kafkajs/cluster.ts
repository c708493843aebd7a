import type { Peer } from '../../message.ts'

interface Broker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

interface Metadata {
  readonly clusterId?: string
  readonly brokers?: readonly Broker[]
  readonly topicMetadata?: readonly {
    readonly topic: string
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}

/** The private part of kafkajs (2.x) that knows the brokers. */
export interface Cluster {
  readonly brokerPool?: {
    readonly metadata?: Metadata | null
    readonly seedBroker?: { readonly connectionPool?: { readonly clientId?: string } }
  }
}

export type PeerOf = (topic: string, partition: number | undefined) => Peer

/** What kafkajs calls itself to the brokers where the application gives no name. */
const defaultClientId = 'kafkajs'

/**
 * A view of what a client's own metadata says about its peers, without a request of ours. The metadata object
 * is replaced whenever kafkajs refreshes it; leaders are looked up once for each of them.
 */
export function peersOf(cluster: () => Cluster | undefined): PeerOf {
  let seen: Metadata | undefined
  let clientId: string | undefined
  let leaders = new Map<string, Map<number, Broker>>()
  let peers = new Map<Broker | undefined, Peer>()
  return (topic, partition) => {
    const pool = cluster()?.brokerPool
    const metadata = pool?.metadata ?? undefined
    const currentId = pool?.seedBroker === undefined ? undefined : clientIdOf(pool.seedBroker)
    if (metadata !== seen || currentId !== clientId) {
      seen = metadata
      clientId = currentId
      leaders = new Map()
      peers = new Map()
    }
    const broker = partition === undefined ? undefined : leaderOf(leaders, seen, topic, partition)
    const known = peers.get(broker)
    if (known !== undefined) return known
    const peer = {
      clientId,
      clusterId: seen?.clusterId,
      server: broker === undefined ? undefined : { host: broker.host, port: broker.port },
    }
    peers.set(broker, peer)
    return peer
  }
}

function clientIdOf(seed: { readonly connectionPool?: { readonly clientId?: string } }): string | undefined {
  return seed.connectionPool === undefined ? undefined : (seed.connectionPool.clientId ?? defaultClientId)
}

function leaderOf(
  leaders: Map<string, Map<number, Broker>>,
  metadata: Metadata | undefined,
  topic: string,
  partition: number,
): Broker | undefined {
  let ofTopic = leaders.get(topic)
  if (ofTopic === undefined) {
    ofTopic = new Map()
    const partitions = metadata?.topicMetadata?.find(entry => entry.topic === topic)?.partitionMetadata ?? []
    for (const { partitionId, leader } of partitions) {
      const broker = metadata?.brokers?.find(({ nodeId }) => nodeId === leader)
      if (broker !== undefined) ofTopic.set(partitionId, broker)
    }
    leaders.set(topic, ofTopic)
  }
  return ofTopic.get(partition)
}

const createClusterName = 'private:Kafka:createCluster'

/**
 * The kafka object as its own factory methods shall see it: with the function that makes a cluster replaced by
 * one that shows us what it made. The object itself is not changed.
 */
export function withClusterSeen<Kafka extends object>(
  kafka: Kafka,
  onCluster: (cluster: Cluster) => void,
): Kafka {
  const symbol = createClusterSymbol(kafka)
  if (symbol === undefined) return kafka
  const create: unknown = (kafka as Record<symbol, unknown>)[symbol]
  if (typeof create !== 'function') return kafka
  return Object.create(kafka, {
    [symbol]: {
      value: (options: unknown) => {
        const cluster = create.call(kafka, options) as Cluster
        onCluster(cluster)
        return cluster
      },
    },
  }) as Kafka
}

function createClusterSymbol(kafka: object): symbol | undefined {
  for (let owner: unknown = kafka; typeof owner === 'object' && owner !== null; ) {
    const symbol = Object.getOwnPropertySymbols(owner).find(own => own.description === createClusterName)
    if (symbol !== undefined) return symbol
    owner = Object.getPrototypeOf(owner)
  }
  return undefined
}
