import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodedTrace } from './decoded-trace.ts'
import { zipkinSpans } from './from-trace.ts'
import { zipkinJsonToOtlp } from './json.ts'
import { zipkinProtobufToOtlp } from './protobuf.ts'
import type { ZipkinEndpoint, ZipkinSpan } from './span.ts'
import { zipkinV1JsonToOtlp } from './v1-json.ts'
import { zipkinThriftToOtlp } from './v1-thrift.ts'

const bodyOf = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}.bin`, import.meta.url))
const told = (request: Uint8Array): readonly ZipkinSpan[] => zipkinSpans(decodedTrace(request))

/** A line for a span, without what differs from run to run. */
function line(span: ZipkinSpan, spans: readonly ZipkinSpan[]): string {
  const parent = spans.find(({ id }) => id === span.parentId)?.name
  const at = (sign: string, endpoint: ZipkinEndpoint | undefined): string | undefined =>
    endpoint && `${sign}${endpoint.serviceName} ${endpoint.ipv4 ?? '-'}:${endpoint.port ?? '-'}`
  return [
    span.kind ?? 'local',
    span.name,
    parent && `< ${parent}`,
    at('@', span.localEndpoint),
    at('→ ', span.remoteEndpoint),
    span.annotations?.map(({ value }) => value),
    Object.entries(span.tags ?? {}).map(([key, value]) => `${key}=${value}`),
    span.shared && 'shared',
  ]
    .flat()
    .filter(part => part !== undefined)
    .join(' ')
}

const lines = (spans: readonly ZipkinSpan[]): readonly string[] => spans.map(span => line(span, spans)).sort()

const brave = [
  'CLIENT charge card < process orders @shop 10.1.2.1:- → shop-bank 10.1.2.3:8443',
  'CONSUMER process orders < publish orders @shop 10.1.2.1:- → kafka -:-',
  'PRODUCER publish orders < post /orders @shop 10.1.2.1:- → kafka -:- sent kafka.topic=orders',
  'SERVER charge card < process orders @shop-bank 10.1.2.1:- error=card declined shared',
  'SERVER post /orders @shop 10.1.2.1:- order.id=ü-1',
]
const withoutProducer = brave
  .filter(one => !one.startsWith('PRODUCER'))
  .map(one => one.replace('process orders < publish orders', 'process orders'))

test('Brave: the same spans in all four formats', () => {
  assert.deepEqual(lines(told(zipkinV1JsonToOtlp(bodyOf('brave-v1-json'), 1))), withoutProducer)
  assert.deepEqual(lines(told(zipkinThriftToOtlp(bodyOf('brave-v1-thrift'), 1))), brave)
  assert.deepEqual(lines(told(zipkinJsonToOtlp(bodyOf('brave-v2-json'), 1))), brave)
  assert.deepEqual(lines(told(zipkinProtobufToOtlp(bodyOf('brave-v2-protobuf'), 1))), brave)
})

test('zipkin-js: the same spans in v1 and v2', () => {
  const v2 = lines(told(zipkinJsonToOtlp(bodyOf('zipkin-js-v2-json'), 1)))
  assert.deepEqual(lines(told(zipkinV1JsonToOtlp(bodyOf('zipkin-js-v1-json'), 1))), v2)
  assert.equal(v2.length, 5)
  assert.ok(v2.includes('SERVER charge card < process orders @shop-bank -:- error=card declined shared'))
})

test('py_zipkin: the same spans in v1 and v2, but for what v1 cannot say', () => {
  const v1 = lines(told(zipkinV1JsonToOtlp(bodyOf('py-zipkin-v1-json'), 1)))
  const v2 = lines(told(zipkinProtobufToOtlp(bodyOf('py-zipkin-v2-protobuf'), 1)))
  assert.deepEqual(v2, [
    'CLIENT charge card < process orders @shop 127.0.0.1:8080 → shop-bank 10.1.2.3:8443 declined error=card declined',
    'SERVER post /orders @shop 127.0.0.1:8080 order.id=ü-1 shared',
    'local process orders < post /orders @shop 127.0.0.1:8080',
  ])
  assert.deepEqual(v1, [...v2.slice(0, 2), 'local process orders < post /orders'])
})

for (const name of ['brave', 'zipkin-js', 'opentelemetry-js', 'opentelemetry-python', 'opentelemetry-go'])
  test(`${name}: v2 JSON comes back as it was sent`, () => {
    const body = bodyOf(`${name}-v2-json`)
    const sent = JSON.parse(body.toString()) as readonly (ZipkinSpan & { kind?: null })[]
    const byTime = (spans: readonly ZipkinSpan[]): readonly ZipkinSpan[] =>
      spans.toSorted(
        (left, right) => (left.timestamp ?? 0) - (right.timestamp ?? 0) || (left.id < right.id ? -1 : 1),
      )
    assert.deepEqual(
      byTime(told(zipkinJsonToOtlp(body, 1))),
      byTime(
        sent.map(({ kind, ...span }) => ({
          ...span,
          ...(kind ? { kind } : {}),
          ...(span.name !== undefined && { name: span.name.toLowerCase() }),
        })),
      ),
    )
  })
