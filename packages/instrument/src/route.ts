import type { Attributes, Context, Link, Span, SpanKind, TimeInput } from '@opentelemetry/api'
import { trace } from '@opentelemetry/api'
import { addCaptured } from './capture.ts'
import { addDelivery } from './delivery.ts'
import { isSamplingRefused } from './formats/codec.ts'
import type { AttributeSink, Message, Peer } from './message.ts'
import { collectInto } from './message.ts'
import type { Operation } from './rules.ts'
import type { OldNames } from './semconv.ts'
import { inConventions } from './semconv.ts'
import type { MessagingTracing } from './tracing.ts'
import { unsampledSpan } from './unsampled.ts'
import { guarded } from './warn.ts'

/** Where messages go to or come from, as an adapter says it. */
export interface RouteFacts {
  /** The conventions' messaging.destination.name. */
  readonly destination: string
  readonly partition?: number | string | undefined
  readonly consumerGroup?: string | undefined
  readonly peer?: Peer | undefined
  /** RabbitMQ's; the empty one is none. */
  readonly exchange?: string | undefined
  readonly routingKey?: string | undefined
  /** Whether the broker made up the name: it then stands in no span name. */
  readonly isAnonymous?: boolean | undefined
  /** Whether it goes away with the client: it then stands in no span name. */
  readonly isTemporary?: boolean | undefined
}

/** How a messaging system is described by the conventions. */
export interface MessagingSystem {
  /** messaging.system */
  readonly name: string
  /** messaging.operation.name of each type; a settlement may have a name of its own. */
  readonly operationNames: Readonly<Record<Operation, string>>
  /** Adds what is of this system alone among what all messages of a route share. */
  addRoute(attributes: Attributes, operation: Operation, facts: RouteFacts): void
  /** Adds what differs from message to message. */
  addMessage(sink: AttributeSink, message: Message, maxLength: number): void
  readonly oldNames: OldNames
  /** What stood on every span under the old names, and has no new one. */
  oldAttributes(operation: Operation, facts: RouteFacts): Attributes
}

/**
 * A way that messages take: a topic's partition through one client, an exchange and routing key on one
 * connection. It holds, prepared, all that its messages share, so that a message costs only what is its own.
 * Adapters keep routes; they live as long as what they tell of stays the same.
 */
export interface Route {
  readonly tracing: MessagingTracing
  readonly system: MessagingSystem
  readonly facts: RouteFacts
  /** By operation name; filled when first asked. */
  readonly prepared: Record<string, PreparedOperation>
  /** What a broker's answer adds to the span of a send that was started on a less certain route. */
  readonly whereabouts: Attributes
  /** The last answer to {@link addedTo}, which is asked for message after message. */
  added: { readonly from: Route; readonly attributes: Attributes } | undefined
}

/** One operation on one route: everything about its spans that no single message decides. */
export interface PreparedOperation {
  readonly type: Operation
  readonly name: string
  readonly spanName: string
  readonly skip: boolean
  readonly sample: number | undefined
  readonly continuation: MessagingTracing['continuation']
  readonly failsWith: string | undefined
  /** What spans have from their start, which samplers may decide upon. Shared by all spans: never changed. */
  readonly attributes: Attributes
  /** What the conventions' metrics are split by. */
  readonly metricAttributes: Attributes
}

/** Makes a route. Adapters ask the route books of `systems/`, which keep them. */
export function routeOf(tracing: MessagingTracing, system: MessagingSystem, facts: RouteFacts): Route {
  const whereabouts: Attributes = {}
  addWhereabouts(whereabouts, facts)
  return {
    tracing,
    system,
    facts,
    prepared: {},
    whereabouts: Object.freeze(inConventions(whereabouts, tracing.conventions, system.oldNames)),
    added: undefined,
  }
}

/** What a route says that the one a send was started on did not say, or said otherwise. */
export function addedTo(from: Route, route: Route): Attributes {
  if (route.added?.from === from) return route.added.attributes
  const attributes: Attributes = {}
  for (const name in route.whereabouts) {
    const value = route.whereabouts[name]
    if (value !== undefined && from.whereabouts[name] !== value) attributes[name] = value
  }
  route.added = { from, attributes }
  return attributes
}

/** An operation on a route, prepared when first asked for. `name` is that of a settlement: `ack`, `nack`. */
export function operationOn(
  route: Route,
  type: Operation,
  name: string = route.system.operationNames[type],
): PreparedOperation {
  const known = route.prepared[name]
  if (known !== undefined) return known
  const operation = prepare(route, type, name)
  route.prepared[name] = operation
  return operation
}

function prepare({ tracing, system, facts }: Route, type: Operation, name: string): PreparedOperation {
  const rule = tracing.rules(type, facts.destination)
  const attributes: Attributes = {
    'messaging.system': system.name,
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.name': facts.destination,
  }
  if (rule?.template !== undefined) attributes['messaging.destination.template'] = rule.template
  addWhereabouts(attributes, facts)
  system.addRoute(attributes, type, facts)
  const renamed = inConventions(attributes, tracing.conventions, system.oldNames)
  return {
    type,
    name,
    spanName: rule?.name ?? spanNameOf(name, rule?.template, facts),
    skip: rule?.skip ?? false,
    sample: rule?.sample,
    continuation: rule?.continue ?? tracing.continuation,
    failsWith: rule?.failsWith,
    attributes: Object.freeze(
      tracing.conventions === 'new' ? renamed : Object.assign(renamed, system.oldAttributes(type, facts)),
    ),
    metricAttributes: Object.freeze(metricAttributesOf(attributes)),
  }
}

/** The conventions: the template, else the name unless it is made up or short-lived, else nothing. */
function spanNameOf(name: string, template: string | undefined, facts: RouteFacts): string {
  const destination = template ?? (facts.isAnonymous || facts.isTemporary ? undefined : facts.destination)
  return destination === undefined || destination === '' ? name : `${name} ${destination}`
}

function addWhereabouts(attributes: Attributes, { partition, peer, consumerGroup }: RouteFacts): void {
  if (partition !== undefined) attributes['messaging.destination.partition.id'] = String(partition)
  if (peer?.clientId !== undefined) attributes['messaging.client.id'] = peer.clientId
  if (consumerGroup !== undefined) attributes['messaging.consumer.group.name'] = consumerGroup
  if (peer?.clusterId !== undefined) attributes['messaging.kafka.cluster.id'] = peer.clusterId
  if (peer?.server !== undefined) {
    attributes['server.address'] = peer.server.host
    attributes['server.port'] = peer.server.port
  }
  if (peer?.network !== undefined) {
    attributes['network.peer.address'] = peer.network.host
    attributes['network.peer.port'] = peer.network.port
  }
}

/** Conventions 1.44, messaging metrics; names that are made up are left out, since every value is a series. */
const metricNames = [
  'messaging.system',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.destination.partition.id',
  'messaging.consumer.group.name',
  'server.address',
  'server.port',
]

function metricAttributesOf(attributes: Attributes): Attributes {
  const chosen: Attributes = {}
  for (const name of metricNames) {
    const value = attributes[name]
    if (value !== undefined) chosen[name] = value
  }
  const template = attributes['messaging.destination.template']
  const isMadeUp =
    attributes['messaging.destination.anonymous'] === true ||
    attributes['messaging.destination.temporary'] === true
  if (template !== undefined) chosen['messaging.destination.template'] = template
  else if (!isMadeUp) {
    const destination = attributes['messaging.destination.name']
    if (destination !== undefined) chosen['messaging.destination.name'] = destination
  }
  return chosen
}

/**
 * Starts a span of an operation. Where nothing has decided about the trace yet, the rule's `sample` does, and
 * a sender that refused sampling without naming a trace is heeded.
 */
export function startSpan(
  route: Route,
  operation: PreparedOperation,
  kind: SpanKind,
  parent: Context,
  links?: Link[],
  startTime?: TimeInput,
): Span {
  const { sample, attributes, spanName } = operation
  if (sample !== undefined || isSamplingRefused(parent)) {
    const isUndecided = trace.getSpanContext(parent) === undefined
    if (isUndecided && (isSamplingRefused(parent) || Math.random() >= (sample ?? 1))) return unsampledSpan()
  }
  const { tracer } = route.tracing
  if (links === undefined && startTime === undefined)
    return tracer.startSpan(spanName, { kind, attributes }, parent)
  if (startTime === undefined)
    return tracer.startSpan(spanName, { kind, attributes, links: links ?? [] }, parent)
  return tracer.startSpan(spanName, { kind, attributes, links: links ?? [], startTime }, parent)
}

/** Says on a span what differs from message to message: by the conventions, ours, and what the options ask for. */
export function describeMessage(span: Span, route: Route, operation: Operation, message: Message): void {
  const { system, tracing } = route
  if (tracing.conventions === 'new') {
    addAll(span, route, operation, message)
    return
  }
  const attributes: Attributes = {}
  addAll(collectInto(attributes), route, operation, message)
  span.setAttributes(inConventions(attributes, tracing.conventions, system.oldNames))
}

function addAll(
  sink: AttributeSink,
  { system, tracing }: Route,
  operation: Operation,
  message: Message,
): void {
  system.addMessage(sink, message, tracing.maxAttributeLength)
  if (operation === 'process' || operation === 'receive') addDelivery(sink, message)
  const { capture } = tracing.options
  if (capture !== undefined)
    guarded('A message could not be captured', () =>
      addCaptured(sink, message, capture, tracing.maxAttributeLength),
    )
}

/** Says on a span which message it is about: by the conventions, what differs from message to message. */
export function describePlace(span: Span, route: Route, message: Message): void {
  const { system, tracing } = route
  if (tracing.conventions === 'new') system.addMessage(span, message, tracing.maxAttributeLength)
  else span.setAttributes(linkAttributes(route, message))
}

/** What a batch span's link says of one message: by the conventions, what differs from message to message. */
export function linkAttributes({ system, tracing }: Route, message: Message): Attributes {
  const attributes: Attributes = {}
  system.addMessage(collectInto(attributes), message, tracing.maxAttributeLength)
  return inConventions(attributes, tracing.conventions, system.oldNames)
}
