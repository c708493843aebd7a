import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WaybillError } from '@waybill/model'
import {
  jaegerProtobuf,
  jaegerSpanJson,
  jaegerSpanProtobuf,
  jaegerThrift,
  kafkaSpans,
  otlpJson,
  otlpProtobuf,
  zipkinJson,
  zipkinJsonV1,
  zipkinProtobuf,
  zipkinThrift,
} from '@waybill/wire/samples'
import fc from 'fast-check'
import { sampleRequest } from '../spool/sample-request.ts'
import type { Arrival, Examined } from './examine.ts'
import { examine } from './examine.ts'
import type { ExaminingThreadOptions } from './examining-thread.ts'
import { ExaminingThread, isLarge } from './examining-thread.ts'
import type { SpanFormat } from './formats.ts'
import { spanFormats } from './formats.ts'
import { exits, hangs, throws } from './test-mortal-worker.ts'

const mortal = { module: new URL('test-mortal-worker.ts', import.meta.url) }

function open(t: TestContext, options?: ExaminingThreadOptions): ExaminingThread {
  const thread = new ExaminingThread(options)
  t.after(() => thread.close())
  return thread
}

const arrival = (
  body: Uint8Array | string,
  format: SpanFormat = 'otlp_proto',
  maxSpanBytes = 1e6,
): Arrival => ({
  body: Buffer.from(body),
  format,
  arrivedMicros: 1_763_640_000_000_000,
  maxSpanBytes,
})

/** What is told of an outcome: everything that the server looks at, and of what kind it is. */
function told(examined: Examined): unknown {
  if (examined.isSound) return { ...examined, bytes: Buffer.from(examined.bytes).toString('hex') }
  const { error, rejectedSpans } = examined
  const { code, message, position, cause, status, retry, name } = error
  const because = cause instanceof Error ? [cause.name, cause.message] : cause
  return {
    isError: error instanceof WaybillError,
    code,
    message,
    position,
    because,
    status,
    retry,
    name,
    rejectedSpans,
  }
}

const spans = kafkaSpans(6)
const [first] = spans
assert.ok(first)
const bodies: Readonly<Record<SpanFormat, Uint8Array>> = {
  otlp_proto: otlpProtobuf(spans),
  otlp_json: otlpJson(spans),
  jaeger_proto: jaegerSpanProtobuf(first),
  jaeger_json: jaegerSpanJson(first),
  jaeger_post_spans: jaegerProtobuf(spans),
  jaeger_thrift: jaegerThrift(spans),
  zipkin_proto: zipkinProtobuf(spans),
  zipkin_json: zipkinJson(spans),
  zipkin_json_v1: zipkinJsonV1(spans),
  zipkin_thrift: zipkinThrift(spans),
}

test('what a body is, sound, damaged or of another format, is the same in the thread as without', async t => {
  const thread = open(t)
  const damage = fc.record({
    format: fc.constantFrom(...spanFormats),
    sent: fc.constantFrom(...spanFormats),
    asSent: fc.boolean(),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 2 }),
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
      maxLength: 3,
    }),
    maxSpanBytes: fc.constantFrom(1e6, 500, 100),
  })
  const outcomes = { sound: 0, unsound: 0 }
  await fc.assert(
    fc.asyncProperty(damage, async ({ format, sent, asSent, cut, changes, maxSpanBytes }) => {
      const body = Buffer.from(bodies[asSent ? format : sent])
      for (const [place, byte] of changes) body[Math.floor(place * body.length)] = byte
      const whole = arrival(cut === null ? body : body.subarray(0, cut * body.length), format, maxSpanBytes)
      const before = Buffer.from(whole.body)
      const here = examine(whole)
      outcomes[here.isSound ? 'sound' : 'unsound']++
      assert.deepEqual(told(await thread.examine(whole)), told(here))
      assert.deepEqual(Buffer.from(whole.body), before)
    }),
    { numRuns: 600 },
  )
  assert.ok(outcomes.sound > 50 && outcomes.unsound > 50, JSON.stringify(outcomes))
})

test('every format, whole and at many megabytes, is the same in the thread as without', async t => {
  const thread = open(t)
  const many = kafkaSpans(8_000)
  const large: Partial<Record<SpanFormat, Uint8Array>> = {
    otlp_proto: otlpProtobuf(many),
    otlp_json: otlpJson(many),
    jaeger_post_spans: jaegerProtobuf(many),
    jaeger_thrift: jaegerThrift(many),
    zipkin_proto: zipkinProtobuf(many),
    zipkin_json: zipkinJson(many),
    zipkin_json_v1: zipkinJsonV1(many),
    zipkin_thrift: zipkinThrift(many),
  }
  for (const [format, body] of Object.entries({ ...bodies, ...large })) {
    const whole = arrival(body, format as SpanFormat)
    const here = examine(whole)
    assert.ok(here.isSound)
    const there = await thread.examine(whole)
    assert.ok(there.isSound)
    assert.ok(Buffer.from(here.bytes).equals(there.bytes), format)
    assert.deepEqual([there.spans, there.rejectedSpans], [here.spans, 0])
  }
})

test('a body of 512 KiB is no large one, a byte more is; in OTLP it is 4 MiB', () => {
  for (const format of spanFormats) {
    const most = format === 'otlp_proto' ? 4 * 2 ** 20 : 2 ** 19
    assert.equal(isLarge({ format, body: new Uint8Array(most) }), false)
    assert.equal(isLarge({ format, body: new Uint8Array(most + 1) }), true)
  }
})

test('the thread starts with the first body, ends for want of work, and starts again', async t => {
  const thread = open(t, { idleMs: 1 })
  assert.equal(thread.isRunning, false)
  for (let round = 0; round < 2; round++) {
    const examining = thread.examine(arrival(sampleRequest(['a'])))
    assert.equal(thread.isRunning, true)
    assert.equal((await examining).isSound, true)
    while (thread.isRunning) await delay(1)
  }
})

test('a thread that dies fails the body that it had, and a new one takes those behind it', async t => {
  const thread = open(t, mortal)
  const examining = [exits, bodies.otlp_json, throws, bodies.otlp_json, exits, throws, bodies.otlp_json].map(
    body => thread.examine(arrival(body, 'otlp_json')),
  )
  const outcomes = await Promise.allSettled(examining)
  const failures = outcomes.map(outcome =>
    outcome.status === 'rejected'
      ? `${outcome.reason.message}: ${outcome.reason.cause?.message}`
      : outcome.value.isSound,
  )
  const exited = 'the thread that read a large request ended with 7: undefined'
  const threw = 'the thread that read a large request ended with 1: a fault of the thread'
  assert.deepEqual(failures, [exited, true, threw, true, exited, threw, true])
})

test('as many bytes wait as may; what is beyond is refused, and taken when there is room', async t => {
  const body = sampleRequest(['a'])
  const thread = open(t, { mostWaitingBytes: 3 * body.length })
  const whole = arrival(body)
  const waiting = [1, 2, 3].map(() => thread.examine(whole))
  await assert.rejects(thread.examine(arrival(Buffer.of(0))), {
    code: 'BUSY',
    message: `${3 * body.length} bytes of large requests wait to be read already`,
  })
  for (const examined of await Promise.all(waiting)) assert.ok(examined.isSound)
  assert.ok((await thread.examine(whole)).isSound)
})

test('a body that is larger than all that may wait is taken alone', async t => {
  const thread = open(t, { mostWaitingBytes: 1 })
  const examining = thread.examine(arrival(sampleRequest(['a'])))
  await assert.rejects(thread.examine(arrival(sampleRequest(['a']))), { code: 'BUSY' })
  assert.ok((await examining).isSound)
})

test('at the end, what waits is refused, and so is what comes then', async t => {
  const thread = open(t, mortal)
  const waiting = [hangs, 'a', 'b'].map(body => thread.examine(arrival(body)))
  const refused = Promise.all(waiting.map(one => assert.rejects(one, { code: 'SHUTTING_DOWN' })))
  await thread.close()
  await refused
  await assert.rejects(thread.examine(arrival('c')), { code: 'SHUTTING_DOWN' })
  await thread.close()
  assert.equal(thread.isRunning, false)
})

test('the thread does not keep its process from ending', async () => {
  const program = fileURLToPath(new URL('test-one-body.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = await once(child, 'close')
  assert.deepEqual([code, output], [0, 'sound: true\n'])
})
