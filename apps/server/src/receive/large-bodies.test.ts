import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaSpans } from '@waybill/wire/samples'
import type { CollectingDoor } from '../accept/collecting-door.ts'
import type { Way } from './hostile/test-ways.ts'
import { ways } from './hostile/test-ways.ts'

/** Within the limit of these ways, and beyond what is examined where it arrives; for OTLP's own bytes that is more. */
const bodyBytes = 800_000

function spansIn({ encode }: Way): number {
  return Math.floor((bodyBytes * 100) / encode(kafkaSpans(100)).length)
}

const many = ways.filter(
  ({ name, encode }) =>
    !/UDP|OTLP.*protobuf|OTLP.gRPC/.test(name) && encode(kafkaSpans(2)).length > encode(kafkaSpans(1)).length,
)

test('there are ways to send large bodies in', () => {
  assert.deepEqual(
    many.map(({ name }) => name),
    [
      'OTLP/HTTP, JSON',
      'Jaeger, thrift over HTTP',
      'Jaeger, gRPC',
      'Zipkin v2, JSON',
      'Zipkin v2, protobuf',
      'Zipkin, gRPC',
      'Zipkin v1, JSON',
      'Zipkin v1, thrift',
      'Kafka, OTLP JSON',
      'Kafka, Jaeger thrift',
      'Kafka, Zipkin JSON v2',
      'Kafka, Zipkin JSON v1',
      'Kafka, Zipkin protobuf',
      'Kafka, Zipkin thrift',
    ],
  )
})

for (const way of many)
  test(`${way.name}: a large body is examined in the thread, and answered as a small one`, async t => {
    const { door, send } = await way.open(t)
    const [small, large] = [kafkaSpans(3), kafkaSpans(spansIn(way))].map(way.encode)
    assert.ok(small !== undefined && large !== undefined && large.length > 2 ** 19 && large.length < 1e6)
    assert.equal((await send(small)).outcome, way.taken)
    assert.equal(door.thread.isRunning, false)
    assert.deepEqual(await send(large), { outcome: way.taken, reason: '' })
    assert.equal(door.thread.isRunning, true)
    assert.equal(await storedSpans(door, 3 + spansIn(way)), 3 + spansIn(way))
    const [smallCut, largeCut] = [await send(small.subarray(0, -1)), await send(large.subarray(0, -1))]
    assert.equal(largeCut.outcome, way.refused)
    assert.equal(withoutPlaces(largeCut.reason), withoutPlaces(smallCut.reason))
    assert.equal((await door.names()).length, 3 + spansIn(way))
  })

/** How many are stored, once there are so many: on a busy machine that may take long. */
async function storedSpans(door: CollectingDoor, least: number): Promise<number> {
  for (;;) {
    const { length } = await door.names()
    if (length >= least) return length
  }
}

/** Offsets differ with the size, and so do the offsets in names of records. */
function withoutPlaces(reason: string): string {
  return reason.replace(/\d+/g, '#')
}
