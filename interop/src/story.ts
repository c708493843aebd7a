import type { AnyValue, SpanKind } from '@waybill/model'

/** A span as a client's user would describe it; what is left out is not looked at. */
export interface ExpectedSpan {
  readonly name: string
  readonly kind: SpanKind
  /** Name of the parent, null for a root. Where two spans have one name, `name/kind`. */
  readonly parent: string | null
  /** Added to the name of the client's service. */
  readonly serviceSuffix?: string
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

/** OpenTelemetry JS by its Jaeger exporter: every number is a double, `internal` is not sent, a link's attributes have no room. */
export const jaegerExporterJs: Story = [
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
    scope,
  },
  { name: 'publish orders', kind: 'producer', parent: 'POST /orders', scope },
  {
    name: 'process orders',
    kind: 'consumer',
    parent: null,
    links: [{ to: 'publish orders', attributes: { 'opentracing.ref_type': string('follows_from') } }],
  },
  {
    name: 'charge card',
    kind: 'unspecified',
    parent: 'process orders',
    error: declined,
    events: [{ name: 'exception', attributes: { 'exception.message': string(declined) } }],
  },
]

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
    links: [{ to: 'publish orders', attributes: { 'opentracing.ref_type': string('follows_from') } }],
  },
  {
    name: 'charge card',
    kind: 'unspecified',
    parent: 'process orders',
    error: '',
    events: [{ name: 'error', attributes: { message: string(declined) } }],
  },
]
