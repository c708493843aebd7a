import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyValue } from '@waybill/model'
import type { PartialTraces } from '../otlp/index.ts'
import { encodeTraces } from '../otlp/index.ts'
import { decodedTrace } from './decoded-trace.ts'
import { zipkinSpans } from './from-trace.ts'
import { zipkinJsonToOtlp } from './json.ts'
import type { ZipkinSpan } from './span.ts'

type SpanFields = NonNullable<
  NonNullable<
    NonNullable<NonNullable<PartialTraces['resourceSpans']>[number]['scopeSpans']>[number]['spans']
  >[number]
>

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } })
const plain: SpanFields = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'Send Orders',
  kind: 4,
  startTimeUnixNano: '1763640000123456789',
  endTimeUnixNano: '1763640000124956789',
}
const link = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }

function traces(span: SpanFields): PartialTraces {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [text('service.name', 'Shop'), text('host.name', 'node-17'), text('env', 'a')],
        },
        scopeSpans: [{ scope: { name: 'kafkajs', version: '2' }, spans: [{ ...plain, ...span }] }],
      },
    ],
  }
}

function told(span: SpanFields): ZipkinSpan {
  const [only] = zipkinSpans(decodedTrace(encodeTraces(traces(span))))
  assert.ok(only)
  return only
}

const tagsOf = (span: SpanFields): Readonly<Record<string, string>> => {
  const {
    'otel.scope.name': _,
    'otel.scope.version': __,
    'host.name': ___,
    env: ____,
    ...tags
  } = told(span).tags ?? {}
  return tags
}

test('a span of OpenTelemetry: names as they are, attributes of resource and scope among the tags', () => {
  const attributes = [
    text('env', 'b'),
    { key: 'n', value: { intValue: '5' } },
    { key: 'list', value: { arrayValue: { values: [{ boolValue: true }] } } },
  ]
  assert.deepEqual(told({ attributes, parentSpanId: link.spanId, traceState: 'a=1' }), {
    traceId: plain.traceId,
    parentId: link.spanId,
    id: plain.spanId,
    kind: 'PRODUCER',
    name: 'Send Orders',
    timestamp: 1_763_640_000_123_456,
    duration: 1500,
    localEndpoint: { serviceName: 'Shop' },
    tags: {
      env: 'b',
      'host.name': 'node-17',
      list: '[true]',
      n: '5',
      'otel.scope.name': 'kafkajs',
      'otel.scope.version': '2',
      'w3c.tracestate': 'a=1',
    },
  })
})

test('kinds: internal and unspecified are local', () => {
  const kinds = [0, 1, 2, 3, 4, 5].map(kind => told({ kind }).kind)
  assert.deepEqual(kinds, [undefined, undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'])
})

test('a duration is one microsecond at least; an end before the start is none', () => {
  const lasting = (nano: bigint) =>
    told({ endTimeUnixNano: String(BigInt(plain.startTimeUnixNano ?? 0) + nano) }).duration
  assert.deepEqual([-1n, 0n, 1n, 999n, 1000n, 1999n, 2000n].map(lasting), [undefined, 1, 1, 1, 1, 1, 2])
})

test('a trace id of 64 bits has sixteen digits', () => {
  assert.equal(told({ traceId: '00000000000000008448eb211c80319c' }).traceId, '8448eb211c80319c')
  assert.equal(told({ traceId: '00000000000000018448eb211c80319c' }).traceId.length, 32)
})

test('errors', () => {
  const error = (boolValue: boolean): KeyValue => ({ key: 'error', value: { boolValue } })
  for (const [span, tags] of [
    [{}, {}],
    [{ status: { code: 1 } }, { 'otel.status_code': 'OK' }],
    [{ status: { code: 2 } }, { error: 'true' }],
    [{ status: { code: 2, message: 'why' } }, { error: 'why', 'otel.status_code': 'ERROR' }],
    [{ status: { code: 2, message: 'why' }, attributes: [text('error', 'why')] }, { error: 'why' }],
    [
      { status: { code: 2, message: 'why' }, attributes: [error(true)] },
      { error: 'why', 'otel.status_code': 'ERROR' },
    ],
    [{ status: { code: 2 }, attributes: [error(true)] }, { error: 'true' }],
    [{ attributes: [error(false)] }, {}],
    [{ attributes: [text('error', 'seen')] }, { error: 'seen' }],
  ] as const)
    assert.deepEqual(tagsOf(span), tags, JSON.stringify(span))
})

test('endpoints are taken from the network’s attributes; a host’s name stays a tag', () => {
  const port = (key: string, intValue: string): KeyValue => ({ key, value: { intValue } })
  const span = {
    attributes: [
      text('peer.service', 'old'),
      text('network.peer.address', '::FFFF:10.0.0.2'),
      port('network.peer.port', '65536'),
      text('network.local.address', 'node-17'),
      port('network.local.port', '80'),
    ],
  }
  assert.deepEqual(told(span).remoteEndpoint, { serviceName: 'old', ipv4: '10.0.0.2' })
  assert.deepEqual(told(span).localEndpoint, { serviceName: 'Shop', port: 80 })
  assert.deepEqual(tagsOf(span), {
    'network.local.address': 'node-17',
    'network.peer.port': '65536',
    'peer.service': 'old',
  })
  const named = told({ attributes: [text('peer.service', 'old'), text('service.peer.name', 'new')] })
  assert.deepEqual(named.remoteEndpoint, { serviceName: 'new' })
})

test('events and links come through Zipkin’s model as the Collector’s exporter packs them', () => {
  const attributes = [
    text('text', 'a|b'),
    { key: 'n', value: { intValue: '5' } },
    { key: 'half', value: { doubleValue: 0.5 } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'yes', value: { boolValue: true } }] } } },
  ]
  const span: SpanFields = {
    events: [
      { timeUnixNano: '1763640000124000000', name: 'retry', attributes, droppedAttributesCount: 2 },
      { timeUnixNano: '1763640000125000000', name: 'sent' },
    ],
    links: [{ ...link, traceState: 'a=1', attributes }, { ...link }],
  }
  const zipkin = told(span)
  assert.deepEqual(zipkin.annotations, [
    { timestamp: 1_763_640_000_124_000, value: 'retry|{"text":"a|b","n":5,"half":0.5,"map":{"yes":true}}|2' },
    { timestamp: 1_763_640_000_125_000, value: 'sent' },
  ])
  assert.equal(zipkin.tags?.['otlp.link.1'], `${link.traceId}|${link.spanId}||{}|0`)
  const [back] = decodedTrace(zipkinJsonToOtlp(Buffer.from(JSON.stringify([zipkin])), 1)).spans
  const [sent] = decodedTrace(encodeTraces(traces(span))).spans
  assert.deepEqual([back?.events, back?.links], [sent?.events, sent?.links])
})

test('text that only looks packed stays text', () => {
  for (const value of [
    'a|b|0',
    'a|{}|0',
    'a|{"b":1|0',
    'a|{"b":1}',
    `a|{"b":${'['.repeat(1e5)}${']'.repeat(1e5)}}|0`,
  ]) {
    const zipkin = {
      traceId: '1',
      id: '2',
      annotations: [{ timestamp: 1, value }],
      tags: { 'otlp.link.0': value },
    }
    const [span] = decodedTrace(zipkinJsonToOtlp(Buffer.from(JSON.stringify([zipkin])), 1)).spans
    assert.deepEqual([span?.events[0]?.name, span?.links.length], [value, 0])
    assert.ok(span?.attributes.some(({ key }) => key === 'otlp.link.0'))
  }
})

test('what was dropped is told', () => {
  assert.deepEqual(tagsOf({ droppedAttributesCount: 1, droppedEventsCount: 2, droppedLinksCount: 3 }), {
    'otel.dropped_attributes_count': '1',
    'otel.dropped_events_count': '2',
    'otel.dropped_links_count': '3',
  })
})

test('tags that a list has twice are both attributes, in their order; Zipkin is told the last, as it would keep it', () => {
  const body =
    '[{"traceId":"1","id":"2","timestamp":1,"tags":{"k":"first","a":"x","k":"second","error":"one","error":"two"}}]'
  const [span] = decodedTrace(zipkinJsonToOtlp(Buffer.from(body), 1)).spans
  const told = span?.attributes.filter(({ key }) => key === 'k' || key === 'a')
  assert.deepEqual(told, [text('k', 'first'), text('a', 'x'), text('k', 'second')])
  assert.equal(span?.status.message, 'two')
  const [back] = zipkinSpans(decodedTrace(zipkinJsonToOtlp(Buffer.from(body), 1)))
  assert.deepEqual(back?.tags, { a: 'x', error: 'two', k: 'second' })
})
