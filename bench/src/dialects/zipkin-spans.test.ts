import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeTracesJson } from '@waybill/wire/otlp'
import { otlpToZipkin } from './zipkin-spans.ts'

/** Fields of a message by number: bytes, or numbers for varints and fixed64. */
function decode(bytes: Buffer): Readonly<Record<number, readonly (Buffer | bigint)[]>> {
  const found: Record<number, (Buffer | bigint)[]> = {}
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const values = found[tag >> 3] ?? []
    found[tag >> 3] = values
    if ((tag & 7) === 0) values.push(varint())
    else if ((tag & 7) === 1) {
      values.push(bytes.readBigUInt64LE(at))
      at += 8
    } else {
      const length = Number(varint())
      values.push(bytes.subarray(at, at + length))
      at += length
    }
  }
  return found
}

const text = (value: Buffer | bigint | undefined): string => String(value)
const message = (value: Buffer | bigint | undefined) => decode(value as Buffer)

test('a span becomes one of Zipkin, with tags for attributes and an annotation for the event', () => {
  const attribute = (key: string, value: unknown) => ({ key, value })
  const span = {
    traceId: '0102030405060708090a0b0c0d0e0f10',
    spanId: 'a1a2a3a4a5a6a7a8',
    parentSpanId: 'b1b2b3b4b5b6b7b8',
    name: 'send orders',
    kind: 4,
    startTimeUnixNano: '1700000000000001999',
    endTimeUnixNano: '1700000000000004999',
    attributes: [attribute('n', { intValue: '17' })],
    events: [
      {
        timeUnixNano: '1700000000000003000',
        name: 'exception',
        attributes: [attribute('t', { stringValue: 'x' })],
      },
    ],
    status: { code: 2, message: 'declined' },
  }
  const resource = {
    attributes: [
      attribute('service.name', { stringValue: 'shop' }),
      attribute('host.name', { stringValue: 'h' }),
    ],
  }
  const body = encodeTracesJson({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'kafka' }, spans: [span] }] }],
  })
  const list = decode(otlpToZipkin(Buffer.from(body)))
  const one = message(list[1]?.[0])
  assert.equal((one[1]?.[0] as Buffer).toString('hex'), span.traceId)
  assert.equal((one[2]?.[0] as Buffer).toString('hex'), span.parentSpanId)
  assert.equal((one[3]?.[0] as Buffer).toString('hex'), span.spanId)
  assert.deepEqual([one[4], one[6], one[7]], [[3n], [1_700_000_000_000_001n], [3n]])
  assert.equal(text(one[5]?.[0]), 'send orders')
  assert.equal(text(message(one[8]?.[0])[1]?.[0]), 'shop')
  const annotation = message(one[10]?.[0])
  assert.deepEqual(annotation[1], [1_700_000_000_000_003n])
  assert.equal(text(annotation[2]?.[0]), '{"exception":{"t":"x"}}')
  const tags = one[11]?.map(tag => [text(message(tag)[1]?.[0]), text(message(tag)[2]?.[0])])
  assert.deepEqual(tags, [
    ['error', 'declined'],
    ['n', '17'],
    ['host.name', 'h'],
    ['otel.scope.name', 'kafka'],
  ])
})

test('a root has no parent, and an internal span no kind', () => {
  const span = { traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'work', kind: 1 }
  const body = encodeTracesJson({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
  const one = message(decode(otlpToZipkin(Buffer.from(body)))[1]?.[0])
  assert.equal(one[2], undefined)
  assert.deepEqual(one[4], [0n])
})
