import type { Peer } from '../../message.ts'
import type { Client } from './shapes.ts'

export type PeerOf = (topic: string, partition: number | undefined) => Peer

/**
 * A view of what a client's own metadata says about its peers, without a request of ours. The client replaces its
 * map of brokers whenever it refreshes its metadata, which is when all this is made anew.
 */
export function peersOf(client: Client): PeerOf {
  let seen: unknown
  let peers = new Map<number | undefined, Peer>()
  return (topic, partition) => {
    const metadata = client.currentMetadata
    if (metadata?.brokers !== seen) {
      seen = metadata?.brokers
      peers = new Map()
    }
    const leader =
      partition === undefined ? undefined : metadata?.topics.get(topic)?.partitions[partition]?.leader
    const known = peers.get(leader)
    if (known !== undefined) return known
    const broker = leader === undefined ? undefined : metadata?.brokers.get(leader)
    const peer = {
      clientId: client.clientId,
      clusterId: metadata?.id,
      server: broker === undefined ? undefined : { host: broker.host, port: broker.port },
    }
    peers.set(leader, peer)
    return peer
  }
}
