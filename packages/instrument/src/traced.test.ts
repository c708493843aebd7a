import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { failureType } from './failure.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { traced } from './traced.ts'

const spans = collectSpans()

beforeEach(() => spans.clear())

test('synchronous and asynchronous calls have a span that is active within', async () => {
  const names: unknown[] = []
  const inner = traced('inner', () => void names.push(trace.getActiveSpan()?.spanContext().spanId))
  const outer = traced('outer', async (a: number, b: number) => {
    inner()
    await Promise.resolve()
    inner()
    return a + b
  })
  assert.equal(await outer(1, 2), 3)
  const parent = spans.one('outer')
  assert.equal(parent.kind, SpanKind.INTERNAL)
  const [first, second] = spans.named('inner')
  assert.deepEqual(
    [first, second].map(span => span?.parentSpanContext?.spanId),
    [parent.spanContext().spanId, parent.spanContext().spanId],
  )
  assert.deepEqual(names, [first?.spanContext().spanId, second?.spanContext().spanId])
})

test('names are made of arguments, or by a function; what throws there falls back on that of the function', () => {
  const work = (..._: unknown[]): void => {}
  traced('doWork:{0}', work)(5)
  traced('{1}-{0}-{2}', work)('a', true, {})
  traced((id: number) => `report ${id}`, work)(7)
  traced(() => {
    throw new Error('no name')
  }, work)()
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['doWork:5', 'true-a-{2}', 'report 7', 'work'],
  )
})

test('this, arguments and results pass through, promises of any kind included', async () => {
  const counter = {
    n: 1,
    add: traced('add', function (this: { n: number }, by: number) {
      return this.n + by
    }),
  }
  assert.equal(counter.add(2), 3)
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
  const thenable = { then: (done: (value: string) => void) => done('thenable') }
  assert.equal(await traced('thenable', () => thenable)(), 'thenable')
  assert.equal(spans.all().length, 2)
})

test('errors are thrown on, and recorded once on the way up', async () => {
  const error = new RangeError('too large')
  const inner = traced('inner', () => {
    throw error
  })
  const outer = traced('outer', async () => inner())
  await assert.rejects(outer(), thrown => thrown === error)
  const [first, second] = spans.all()
  assert.deepEqual([first?.name, first?.events.length], ['inner', 1])
  assert.deepEqual([second?.name, second?.events.length], ['outer', 0])
  for (const span of [first, second]) {
    assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR, message: 'too large' })
    assert.equal(span?.attributes['error.type'], 'RangeError')
  }
})

test('whatever is thrown is recorded', () => {
  for (const thrown of ['text', undefined, null, 7, {}, { message: 5 }]) {
    const fail = traced('fail', () => {
      throw thrown
    })
    try {
      fail()
      assert.fail()
    } catch (error) {
      assert.equal(error, thrown)
    }
  }
  assert.deepEqual(
    spans.all().map(span => span.status.message),
    ['text', 'failed without an error', 'null', '7', '[object Object]', '5'],
  )
  assert.ok(spans.all().every(span => span.events.length === 1))
})

test('error.type is a code where there is one, else the class', () => {
  assert.equal(
    failureType(Object.assign(new Error(), { type: 'UNKNOWN_TOPIC_OR_PARTITION' })),
    'UNKNOWN_TOPIC_OR_PARTITION',
  )
  assert.equal(failureType(Object.assign(new Error(), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  assert.equal(failureType(Object.assign(new Error(), { code: 7 })), 'Error')
  assert.equal(failureType(new TypeError()), 'TypeError')
  assert.equal(failureType('text'), '_OTHER')
  assert.equal(failureType(null), '_OTHER')
})
