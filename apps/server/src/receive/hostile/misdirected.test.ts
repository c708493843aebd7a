import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  jaegerBinary,
  jaegerCompact,
  jaegerThrift,
  otlpJson,
  otlpProtobuf,
  sampleSpan,
  zipkinJson,
  zipkinJsonV1,
  zipkinProtobuf,
  zipkinThrift,
} from '@waybill/wire/samples'
import { httpDoors, ways } from './test-ways.ts'

const one = [sampleSpan()]
const json = 'application/json'
const protobuf = 'application/x-protobuf'
const thrift = 'application/x-thrift'
const nothing = new Uint8Array()

/** Port, path and Content-Type, what is sent there, the answer, and what it has to say. */
const rows: readonly (readonly [keyof typeof httpDoors, string, string, Uint8Array, string, RegExp])[] = [
  // The right bytes under a wrong name.
  ['otlp', '/v1/traces', json, otlpProtobuf(one), '400 application/json', /UTF-8|JSON/],
  ['otlp', '/v1/traces', protobuf, otlpJson(one), '400 application/x-protobuf', /byte \d+/],
  [
    'otlp',
    '/v1/traces',
    thrift,
    otlpProtobuf(one),
    '415 application/json',
    /Content-Type is application\/x-thrift/,
  ],
  ['otlp', '/v1/traces', 'text/plain', otlpJson(one), '415 application/json', /Content-Type is text\/plain/],
  // Another tracer's bytes.
  [
    'otlp',
    '/v1/traces',
    json,
    zipkinJson(one),
    '400 application/json',
    /an object .* expected, not an array/,
  ],
  ['otlp', '/v1/traces', protobuf, zipkinProtobuf(one), '400 application/x-protobuf', /byte \d+/],
  ['otlp', '/v1/traces', protobuf, jaegerThrift(one), '400 application/x-protobuf', /byte \d+/],
  ['jaeger', '/api/traces', thrift, otlpProtobuf(one), '400 text/plain', /byte \d+/],
  ['jaeger', '/api/traces', thrift, zipkinThrift(one), '400 text/plain', /byte \d+/],
  ['jaeger', '/api/traces', thrift, jaegerCompact(one), '400 text/plain', /byte \d+/],
  ['jaeger', '/api/traces', thrift, jaegerBinary(one), '400 text/plain', /byte \d+/],
  ['jaeger', '/api/traces', json, jaegerThrift(one), '400 text/plain', /Content-Type is application\/json/],
  ['zipkin', '/api/v2/spans', json, otlpJson(one), '400 text/plain', /byte 0: the body is no list/],
  ['zipkin', '/api/v2/spans', protobuf, otlpProtobuf(one), '400 text/plain', /byte \d+/],
  ['zipkin', '/api/v1/spans', thrift, jaegerThrift(one), '400 text/plain', /byte \d+/],
  // Another version of the same tracer's.
  ['zipkin', '/api/v2/spans', json, zipkinJsonV1(one), '400 text/plain', /\/api\/v1\/spans/],
  ['zipkin', '/api/v1/spans', json, zipkinJson(one), '400 text/plain', /\/api\/v2\/spans/],
  ['zipkin', '/api/v2/spans', thrift, zipkinThrift(one), '400 text/plain', /\/api\/v1\/spans/],
  ['zipkin', '/api/v1/spans', protobuf, zipkinProtobuf(one), '400 text/plain', /\/api\/v2\/spans/],
  // Paths that lead nowhere.
  ['otlp', '/v1/trace', protobuf, otlpProtobuf(one), '404 application/x-protobuf', /try \/v1\/traces/],
  ['jaeger', '/api/spans', thrift, jaegerThrift(one), '404 text/plain', /try \/api\/traces/],
  ['zipkin', '/behind/a/proxy/api/v2/spans', json, zipkinJson(one), '202', /^$/],
  // Nothing at all is a request without spans where the format has such a request.
  ['otlp', '/v1/traces', protobuf, nothing, '200', /^$/],
  ['otlp', '/v1/traces', json, nothing, '400 application/json', /JSON/],
  ['jaeger', '/api/traces', thrift, nothing, '400 text/plain', /byte 0/],
  ['zipkin', '/api/v2/spans', json, nothing, '202', /^$/],
  ['zipkin', '/api/v2/spans', json, Buffer.from('[]'), '202', /^$/],
]

for (const [door, path, type, body, outcome, reason] of rows)
  test(`${door}${path} as ${type}, ${body.length} bytes: ${outcome}`, async t => {
    const { send } = await httpDoors[door](path, type)(t)
    const answer = await send(body)
    assert.equal(answer.outcome, outcome, answer.reason)
    assert.match(answer.reason, reason)
  })

test('UDP: the largest datagram is taken whole', async t => {
  /** What UDP over IPv4 leaves of 64 KiB. */
  const mostBytes = 65_507
  for (const [name, encode] of [
    ['Jaeger, compact thrift over UDP', jaegerCompact],
    ['Jaeger, binary thrift over UDP', jaegerBinary],
  ] as const) {
    const way = ways.find(way => way.name === name)
    assert.ok(way)
    const { door, send } = await way.open(t)
    const text = 'x'.repeat(60_000)
    const rest = mostBytes - encode([sampleSpan({ name: 'largest', tags: { text } })]).length
    const largest = encode([sampleSpan({ name: 'largest', tags: { text: text + 'x'.repeat(rest) } })])
    assert.equal(largest.length, mostBytes)
    assert.equal((await send(largest)).outcome, 'accepted')
    assert.deepEqual(await door.names(), ['largest'])
  }
})
