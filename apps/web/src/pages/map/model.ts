import type { DependenciesResponse, FlowResponse, FlowRoute, RedResponse, Waits } from '@waybill/api'

/** A service, or a topic or queue. */
export type MapNode = ServiceNode | DestinationNode

/** A service, and how it handled what came in: requests and messages. */
export interface ServiceNode {
  readonly kind: 'service'
  readonly id: string
  readonly name: string
  readonly handled: number
  readonly errors: number
  /** Of the kind of span, server or consumer, that there is more of. */
  readonly p95Nano?: number
}

export interface DestinationNode {
  readonly kind: 'destination'
  readonly id: string
  readonly name: string
  readonly system: string
  readonly sent: number
  readonly received: number
  /** The longest of its groups' 95 %; absent where it is not known. */
  readonly p95Nano?: number
}

/**
 * `call`: a request. `send` and `receive`: messages into and out of a destination. `route`: from an exchange
 * into a queue, as its producers and consumers tell. `message`: messages whose destination no span names.
 */
export type MapTieKind = 'call' | 'send' | 'receive' | 'route' | 'message'

export interface MapTie {
  readonly id: string
  readonly kind: MapTieKind
  readonly from: string
  readonly to: string
  readonly count: number
  /** Absent where calls and messages between two services failed and cannot be told apart. */
  readonly errors?: number
  /** Of a `receive`: consumer groups, and how long their messages waited. */
  readonly groups?: readonly string[]
  readonly p95Nano?: number
}

/** Who talks to whom, through what. */
export interface ServiceMap {
  readonly nodes: readonly MapNode[]
  readonly ties: readonly MapTie[]
  /** Length of the range, for rates. */
  readonly seconds: number
}

export interface MapAnswers {
  readonly dependencies: DependenciesResponse
  readonly flow: FlowResponse
  /** Spans of kind `server`, by service. */
  readonly requests: RedResponse
  /** Spans of kind `consumer`, by service. */
  readonly messages: RedResponse
  /** By destination, as far as they are known already. */
  readonly waits: ReadonlyMap<string, readonly Waits[]>
  readonly seconds: number
}

export const serviceId = (name: string): string => `service ${name}`
export const destinationId = (system: string, name: string): string => `destination ${system} ${name}`

/** Puts the answers together: calls from service to service, messages through their destinations. */
export function readMap(answers: MapAnswers): ServiceMap {
  const routes = answers.flow.routes.filter(route => route.destination !== '')
  const destinations = Map.groupBy(routes, route => destinationId(route.system, route.destination))
  const ties = [...destinations].flatMap(([id, own]) => tiesOfDestination(id, own, answers.waits))
  const all = [...ties, ...serviceTies(answers.dependencies, ties, destinations)]
  const names = new Set<string>()
  for (const { service } of routes) names.add(service)
  for (const { parent, child } of answers.dependencies.links) names.add(parent).add(child)
  for (const { service } of [...answers.requests.series, ...answers.messages.series])
    if (service !== undefined) names.add(service)
  const nodes: MapNode[] = [
    ...[...names].map(name => serviceNode(name, answers)),
    ...[...destinations].map(([id, own]) => destinationNode(id, own, ties)),
  ]
  // The same map has the same order, whichever had more traffic this time.
  nodes.sort((a, b) => byText(a.id, b.id))
  all.sort((a, b) => byText(a.id, b.id))
  return { nodes, ties: all, seconds: answers.seconds }
}

function serviceNode(name: string, answers: MapAnswers): ServiceNode {
  const [requests, messages] = [answers.requests, answers.messages].map(red =>
    red.series.find(series => series.service === name),
  )
  const most = (requests?.spans ?? 0) >= (messages?.spans ?? 0) ? requests : messages
  return {
    kind: 'service',
    id: serviceId(name),
    name,
    handled: (requests?.spans ?? 0) + (messages?.spans ?? 0),
    errors: (requests?.errors ?? 0) + (messages?.errors ?? 0),
    ...(most?.p95Nano !== undefined && { p95Nano: most.p95Nano }),
  }
}

function destinationNode(id: string, routes: readonly FlowRoute[], ties: readonly MapTie[]): DestinationNode {
  const sum = (kind: MapTieKind, end: 'from' | 'to') =>
    ties.filter(tie => tie.kind === kind && tie[end] === id).reduce((all, { count }) => all + count, 0)
  const waits = ties.flatMap(tie => (tie.from === id && tie.p95Nano !== undefined ? [tie.p95Nano] : []))
  return {
    kind: 'destination',
    id,
    name: routes[0]?.destination ?? '',
    system: routes[0]?.system ?? '',
    sent: sum('send', 'to'),
    received: sum('receive', 'from'),
    ...(waits.length > 0 && { p95Nano: Math.max(...waits) }),
  }
}

const sends = new Set(['create', 'send'])
const receives = new Set(['receive', 'process'])

/** A service's ways into and out of one destination. One that only settles is on neither. */
function tiesOfDestination(
  id: string,
  routes: readonly FlowRoute[],
  waits: MapAnswers['waits'],
): readonly MapTie[] {
  return [...Map.groupBy(routes, route => route.service)].flatMap(([service, own]) => {
    const into = own.filter(({ operation }) => sends.has(operation))
    const out = own.filter(({ operation }) => receives.has(operation))
    const known = waits.get(own[0]?.destination ?? '')?.filter(wait => wait.service === service) ?? []
    const groups = [...new Set(out.map(({ consumerGroup }) => consumerGroup))].filter(Boolean).sort(byText)
    const from = serviceId(service)
    return [
      ...(into.length === 0 ? [] : [{ ...totals(into), ...tieBetween('send', from, id) }]),
      ...(out.length === 0
        ? []
        : [
            {
              ...totals(out),
              ...tieBetween('receive', id, from),
              ...(groups.length > 0 && { groups }),
              ...(known.length > 0 && { p95Nano: Math.max(...known.map(wait => wait.p95Nano)) }),
            },
          ]),
    ]
  })
}

function tieBetween(kind: MapTieKind, from: string, to: string): Pick<MapTie, 'id' | 'kind' | 'from' | 'to'> {
  return { id: `${from} > ${to} ${kind}`, kind, from, to }
}

/**
 * A message that was created and sent, or received and processed, is one: of two operations of a group the
 * larger count. Groups are counted on their own.
 */
function totals(routes: readonly FlowRoute[]): { readonly count: number; readonly errors: number } {
  let count = 0
  let errors = 0
  for (const group of Map.groupBy(routes, route => route.consumerGroup).values()) {
    const operations = [...Map.groupBy(group, route => route.operation).values()]
    const most = (field: 'messages' | 'errors') =>
      Math.max(...operations.map(own => own.reduce((sum, route) => sum + route[field], 0)))
    count += most('messages')
    errors += most('errors')
  }
  return { count, errors }
}

/** Calls between services, ways from exchanges into queues, and messages whose way nobody names. */
function serviceTies(
  { links }: DependenciesResponse,
  known: readonly MapTie[],
  destinations: ReadonlyMap<string, readonly FlowRoute[]>,
): readonly MapTie[] {
  const ties = new Map<string, MapTie>()
  for (const { parent, child, callCount, errorCount, messageCount = 0 } of links) {
    const [from, to] = [serviceId(parent), serviceId(child)]
    const calls = callCount - messageCount
    if (calls > 0) {
      const tie = tieBetween('call', from, to)
      ties.set(tie.id, { ...tie, count: calls, ...(messageCount === 0 && { errors: errorCount }) })
    }
    if (messageCount === 0) continue
    const into = known.flatMap(tie => (tie.kind === 'send' && tie.from === from ? [tie.to] : []))
    const out = known.flatMap(tie => (tie.kind === 'receive' && tie.to === to ? [tie.from] : []))
    const isNamed = into.some(id => out.includes(id))
    const routes = routesBetween(into, out, isNamed, destinations)
    for (const [exchange, queue] of routes) {
      // All that a queue hands out has come into it.
      const count = known.reduce((sum, tie) => sum + (tie.from === queue ? tie.count : 0), 0)
      const tie = tieBetween('route', exchange, queue)
      ties.set(tie.id, { ...tie, count })
    }
    if (isNamed || routes.length > 0) continue
    const tie = tieBetween('message', from, to)
    ties.set(tie.id, { ...tie, count: messageCount })
  }
  return [...ties.values()]
}

/**
 * RabbitMQ sends to an exchange and receives from a queue; which leads into which only the messages tell. Queues that
 * are called after their exchange (semantic conventions 1.44, `exchange:routing key:queue`) are its own; else there has
 * to be one of each, and no other way that the messages may have taken.
 */
function routesBetween(
  into: readonly string[],
  out: readonly string[],
  isNamed: boolean,
  destinations: ReadonlyMap<string, readonly FlowRoute[]>,
): readonly (readonly [exchange: string, queue: string])[] {
  const nameOf = (id: string) => destinations.get(id)?.[0]?.destination ?? ''
  const lacks = (id: string, operations: ReadonlySet<string>) => {
    const routes = destinations.get(id) ?? []
    return routes[0]?.system === 'rabbitmq' && !routes.some(({ operation }) => operations.has(operation))
  }
  const exchanges = into.filter(id => lacks(id, receives))
  const queues = out.filter(id => lacks(id, sends))
  const pairs = exchanges.flatMap(exchange => queues.map(queue => [exchange, queue] as const))
  const own = pairs.filter(([exchange, queue]) => nameOf(queue).startsWith(`${nameOf(exchange)}:`))
  return own.length > 0 || isNamed || pairs.length !== 1 ? own : pairs
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
