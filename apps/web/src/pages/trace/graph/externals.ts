import type { Span } from '@waybill/model'
import { displayValue, findAttribute } from '@waybill/model'
import { firstSpan } from './merge.ts'
import type { ExternalPart, FoundTies, Part, PartTie, PlacedTree } from './part.ts'

/** What was called and has sent no spans: a database, or a service that is known by its name only. */
interface External {
  readonly isDatabase: boolean
  readonly title: string
  readonly note: string
}

/** Databases and services that spans name as the other end of their call, beside each box that calls them. */
export function externalTies(found: PlacedTree): FoundTies {
  const { model, tree, partOfNode } = found
  const parts = new Map<string, Part>()
  const ties: PartTie[] = []
  for (const [index, node] of tree.nodes.entries()) {
    if (node.kind !== 'span' || hasServer(found, index)) continue
    const box = partOfNode[index] as string
    const called = new Set<string>()
    for (const place of node.rows) {
      const row = model.tree.rows[place]
      const external = row?.kind === 'span' ? externalOf(row.span) : undefined
      if (external === undefined) continue
      const { title, note } = external
      const id = `x${box} ${JSON.stringify([title, note])}`
      if (!parts.has(id))
        parts.set(id, { kind: 'external', id, row: place, ...external } satisfies ExternalPart)
      if (called.has(id)) continue
      called.add(id)
      ties.push({ from: box, to: id, fromNode: index, style: 'solid' })
    }
  }
  return { parts: [...parts.values()], ties }
}

/** Whether a span of another service hangs under the node: then the other end has told of itself. */
function hasServer({ model, tree }: PlacedTree, index: number): boolean {
  const { rows } = model.tree
  const node = tree.nodes[index]
  const own = node && firstSpan(rows, node)
  return (node?.children ?? []).some(child => {
    const below = tree.nodes[child]
    const span = below && firstSpan(rows, below)
    return span !== undefined && span.service !== own?.service
  })
}

/**
 * The other end of a call as its span names it. Databases by the semantic conventions' names of today
 * (`db.system.name`, `db.namespace`), those before 1.30 (`db.system`, `db.name`) and OpenTracing's (`db.type`,
 * `db.instance`); services by `service.peer.name`, which Zipkin's remote endpoint is stored as, or `peer.service`.
 * A span that takes a call or a message names who sent it; a message's broker is drawn as its destination.
 */
export function externalOf(span: Span): External | undefined {
  if (span.kind === 'server' || span.kind === 'consumer' || span.kind === 'producer') return undefined
  const first = (...keys: readonly string[]) => {
    for (const key of keys) {
      const value = findAttribute(span.attributes, key)
      const text = value === undefined ? '' : displayValue(value)
      if (text !== '') return text
    }
    return ''
  }
  if (first('messaging.system') !== '') return undefined
  const system = first('db.system.name', 'db.system', 'db.type')
  const peer = first('service.peer.name', 'peer.service')
  if (system === '')
    return peer === '' || peer === span.service
      ? undefined
      : { isDatabase: false, title: peer, note: 'no spans stored' }
  const name = systems[system] ?? system
  const host = first('server.address', 'net.peer.name')
  const title = peer || first('db.namespace', 'db.name', 'db.instance') || name
  const what = title === name ? 'database' : name
  return { isDatabase: true, title, note: host === '' ? what : `${what} at ${host}` }
}

/** Databases as people write them. */
const systems: Readonly<Record<string, string>> = {
  'aws.dynamodb': 'DynamoDB',
  cassandra: 'Cassandra',
  clickhouse: 'ClickHouse',
  dynamodb: 'DynamoDB',
  elasticsearch: 'Elasticsearch',
  mariadb: 'MariaDB',
  memcached: 'Memcached',
  'microsoft.sql_server': 'SQL Server',
  mongodb: 'MongoDB',
  mssql: 'SQL Server',
  mysql: 'MySQL',
  oracle: 'Oracle',
  'oracle.db': 'Oracle',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
  sql: 'SQL',
  sqlite: 'SQLite',
}
