import type { AnyValue, SpanKind } from '@waybill/model'

/** A span as a client's user would describe it; what is left out is not looked at. */
export interface ExpectedSpan {
  readonly name: string
  readonly kind: SpanKind
  /** Name of the parent, null for a root. */
  readonly parent: string | null
  /** The span is the server's half of a call, has the client's id and hangs under it where answers tell them apart. */
  readonly isSharedHalf?: true
  /** Added to the name of the client's service. */
  readonly serviceSuffix?: string
  /** The client does not say which service the span is of. */
  readonly hasNoService?: true
  readonly attributes?: Readonly<Record<string, AnyValue>>
  readonly resource?: Readonly<Record<string, AnyValue>>
  readonly scope?: { readonly name: string; readonly version: string }
  /** The status's message of a span that failed; absent, the span must not have failed. */
  readonly error?: string
  readonly events?: readonly {
    readonly name: string
    readonly attributes: Readonly<Record<string, AnyValue>>
  }[]
  /** Names of the spans that links lead to, with what the links say. */
  readonly links?: readonly { readonly to: string; readonly attributes: Readonly<Record<string, AnyValue>> }[]
}

/** What every client sends, as far as its format has room for it: an order that is sent and processed. */
export type Story = readonly ExpectedSpan[]

export const string = (stringValue: string): AnyValue => ({ stringValue })
export const int = (value: number): AnyValue => ({ intValue: String(value) })
export const double = (doubleValue: number): AnyValue => ({ doubleValue })
export const bool = (boolValue: boolean): AnyValue => ({ boolValue })

const resource = { 'service.version': string('1.2.3') }
const scope = { name: 'interop', version: '0.1.0' }
const declined = 'card declined'

/** OpenTelemetry's SDKs by OTLP: everything survives. */
export const otlp: Story = [
  {
    name: 'POST /orders',
    kind: 'server',
    parent: null,
    attributes: {
      'order.id': string('ü-1'),
      'order.items': int(3),
      'order.total': double(9.5),
      'order.gift': bool(true),
    },
    resource,
    scope,
  },
  {
    name: 'publish orders',
    kind: 'producer',
    parent: 'POST /orders',
    attributes: { 'messaging.system': string('kafka'), 'messaging.destination.name': string('orders') },
    resource,
    scope,
  },
  {
    name: 'process orders',
    kind: 'consumer',
    parent: null,
    links: [{ to: 'publish orders', attributes: { reason: string('message') } }],
  },
  {
    name: 'charge card',
    kind: 'internal',
    parent: 'process orders',
    error: declined,
    events: [{ name: 'exception', attributes: { 'exception.message': string(declined) } }],
  },
]

/** What a link of Jaeger's says. */
const followsFrom = { 'opentracing.ref_type': string('follows_from') }

/** The Collector by its exporter for Jaeger: a link's attributes have no room. */
export const jaegerCollector: Story = otlp.map(({ links, ...span }) => ({
  ...span,
  ...(links && { links: links.map(({ to }) => ({ to, attributes: followsFrom })) }),
}))

/** An SDK by its exporter for Jaeger: `internal` is not sent, either. */
export const jaegerExporter: Story = jaegerCollector.map(span => ({
  ...span,
  kind: span.kind === 'internal' ? 'unspecified' : span.kind,
}))

/** The one for JS makes every number a double. */
export const jaegerExporterJs: Story = jaegerExporter.map(span =>
  span.name === 'POST /orders'
    ? { ...span, attributes: { ...span.attributes, 'order.items': double(3) }, resource: {} }
    : { ...span, resource: {} },
)

/** jaeger-client for Node: one trace, whose consumer follows from the producer. */
export const jaegerClientNode: Story = [
  {
    name: 'POST /orders',
    kind: 'server',
    parent: null,
    attributes: {
      'order.id': string('ü-1'),
      'order.items': double(3),
      'order.total': double(9.5),
      'order.gift': bool(true),
    },
    resource,
  },
  { name: 'publish orders', kind: 'producer', parent: 'POST /orders' },
  {
    name: 'process orders',
    kind: 'consumer',
    parent: 'publish orders',
    links: [{ to: 'publish orders', attributes: followsFrom }],
  },
  {
    name: 'charge card',
    kind: 'unspecified',
    parent: 'process orders',
    error: '',
    events: [{ name: 'error', attributes: { message: string(declined) } }],
  },
]

/** What OpenCensus calls an annotation has a text and no name. */
const annotation = { name: '', attributes: { message: string('sent'), bytes: int(120) } }

/** OpenCensus for Go and its Jaeger exporter, which tells the kind by the name only. */
export const openCensusGo: Story = [
  {
    name: 'Recv.POST /orders',
    kind: 'unspecified',
    parent: null,
    attributes: {
      'order.id': string('ü-1'),
      'order.items': int(3),
      'order.total': double(9.5),
      'order.gift': bool(true),
    },
    resource,
  },
  { name: 'publish orders', kind: 'unspecified', parent: 'Recv.POST /orders', events: [annotation] },
  {
    name: 'process orders',
    kind: 'unspecified',
    parent: 'Recv.POST /orders',
    links: [{ to: 'publish orders', attributes: { 'opentracing.ref_type': string('child_of') } }],
  },
  {
    name: 'Sent.charge card',
    kind: 'unspecified',
    parent: 'process orders',
    attributes: { 'status.code': int(2), 'status.message': string(declined) },
    error: '',
  },
]

/** OpenCensus for Python: kinds are not sent, and no failure but as a status code. */
export const openCensusPython: Story = [
  { ...openCensusGo[0], name: 'POST /orders', kind: 'unspecified', parent: null, resource: {} },
  { name: 'publish orders', kind: 'unspecified', parent: 'POST /orders', events: [annotation] },
  {
    name: 'process orders',
    kind: 'unspecified',
    parent: 'POST /orders',
    links: [{ to: 'publish orders', attributes: followsFrom }],
  },
  {
    name: 'charge card',
    kind: 'unspecified',
    parent: 'process orders',
    attributes: { 'status.code': int(2), 'status.message': string(declined) },
  },
]

const exceptionEvent = `exception: {"exception.message":"${declined}","exception.type":"*errors.errorString"}`
const exceptionText = `{"exception": {"exception.escaped": "False", "exception.message": "${declined}", "exception.stacktrace": "ValueError: ${declined}\\n", "exception.type": "ValueError"}}`

/** OpenTelemetry by an exporter for Zipkin: texts only, no links, and `internal` is not sent. */
function zipkinExporter(event: string): Story {
  return [
    {
      name: 'post /orders',
      kind: 'server',
      parent: null,
      attributes: {
        'order.id': string('ü-1'),
        'order.items': string('3'),
        'order.total': string('9.5'),
        'order.gift': string('true'),
      },
    },
    { name: 'publish orders', kind: 'producer', parent: 'post /orders' },
    { name: 'process orders', kind: 'consumer', parent: null },
    {
      name: 'charge card',
      kind: 'unspecified',
      parent: 'process orders',
      error: declined,
      events: [{ name: event, attributes: {} }],
    },
  ]
}

/** The Collector writes kinds, events and links into texts that are read again. */
export const zipkinCollector: Story = otlp.map(({ name, scope: _, resource: __, ...span }) => ({
  ...span,
  name: name.toLowerCase(),
  parent: span.parent?.toLowerCase() ?? null,
  ...(span.attributes?.['order.items'] && {
    attributes: {
      'order.items': string('3'),
      'order.gift': string('true'),
      'service.version': string('1.2.3'),
    },
  }),
}))
export const zipkinExporterJs = zipkinExporter('exception')
/** Those for Go and Python write an event's attributes into its text, each in its way. */
export const zipkinExporterGo = zipkinExporter(exceptionEvent)
export const zipkinExporterPython = zipkinExporter(exceptionText)

/** zipkin-js: the halves of an RPC have one id. */
export const zipkinJs: Story = [
  { name: 'post /orders', kind: 'server', parent: null, attributes: { 'order.id': string('ü-1') } },
  { name: 'publish orders', kind: 'producer', parent: 'post /orders' },
  { name: 'process orders', kind: 'consumer', parent: 'publish orders' },
  {
    name: 'charge card',
    kind: 'client',
    parent: 'process orders',
    attributes: {
      'network.peer.address': string('10.1.2.3'),
      'network.peer.port': int(8443),
    },
  },
  {
    name: 'charge card',
    kind: 'server',
    parent: 'process orders',
    isSharedHalf: true,
    serviceSuffix: '-bank',
    error: declined,
  },
]

/** Brave: the same, with an annotation and the broker. */
export const brave: Story = zipkinJs.map(span =>
  span.name === 'publish orders'
    ? {
        ...span,
        attributes: { 'kafka.topic': string('orders'), 'service.peer.name': string('kafka') },
        events: [{ name: 'sent', attributes: {} }],
      }
    : span,
)

/** py_zipkin: ids of 64 bits, no messaging. */
export const zipkinPython: Story = [
  { name: 'post /orders', kind: 'server', parent: null, attributes: { 'order.id': string('ü-1') } },
  { name: 'process orders', kind: 'unspecified', parent: 'post /orders' },
  {
    name: 'charge card',
    kind: 'client',
    parent: 'process orders',
    attributes: { 'network.peer.address': string('10.1.2.3') },
    error: declined,
    events: [{ name: 'declined', attributes: {} }],
  },
]

/** In v1 its local spans have no endpoint, which is where the service's name would be. */
export const zipkinPythonV1: Story = zipkinPython.map(span =>
  span.name === 'process orders' ? { ...span, hasNoService: true } : span,
)
