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
  assert.equal(failureType(new TypeError()), 'TypeError')
  assert.equal(failureType('text'), '_OTHER')
  assert.equal(failureType(null), '_OTHER')
})

test('error.type of a code that is a number: its name, else the number of an error without a class of its own', () => {
  class LibrdKafkaError extends Error {
    static readonly codes = { ERR__MSG_TIMED_OUT: -192, ERR_UNKNOWN_TOPIC_OR_PART: 3 }
  }
  const numbered = (error: Error, code: number, more: object = {}): string =>
    failureType(Object.assign(error, { code }, more))
  assert.equal(numbered(new LibrdKafkaError(), -192), 'ERR__MSG_TIMED_OUT')
  assert.equal(numbered(new LibrdKafkaError(), 3), 'ERR_UNKNOWN_TOPIC_OR_PART')
  assert.equal(numbered(new LibrdKafkaError(), 4), '4')
  assert.equal(numbered(new Error(), 404, { classId: 60 }), 'NOT_FOUND')
  assert.equal(numbered(new Error(), 541, { classId: 10 }), 'INTERNAL_ERROR')
  assert.equal(numbered(new Error(), 542, { classId: 10 }), 'Error')
  assert.equal(numbered(new TypeError(), 404), 'TypeError')
  for (const [code, type] of [
    [999, '999'],
    [-999, '-999'],
    [1000, 'Error'],
    [-1000, 'Error'],
    [-1, 'Error'],
    [1.5, 'Error'],
    [Number.NaN, 'Error'],
  ] as const)
    assert.equal(numbered(new Error(), code), type)
  assert.equal(failureType(Object.assign(Object.create(null), { code: 3 })), '_OTHER')
})

test('generators of both kinds: one span from the call to the end, active in each step and not between', async () => {
  const inner = traced('inner', () => {})
  const count = traced('count:{0}', function* (n: number) {
    for (let i = 0; i < n; i++) {
      inner()
      yield i
    }
    return 'done'
  })
  const read = traced('read', async function* () {
    inner()
    yield 1
    await Promise.resolve()
    inner()
    yield 2
  })
  const active: unknown[] = []
  const values: number[] = []
  for (const value of count(2)) {
    active.push(trace.getActiveSpan())
    values.push(value)
  }
  assert.deepEqual(values, [0, 1])
  for await (const value of read()) values.push(value)
  assert.deepEqual(values, [0, 1, 1, 2])
  assert.deepEqual(active, [undefined, undefined])
  const parents = spans.named('inner').map(span => span.parentSpanContext?.spanId)
  const [counted, done] = [spans.one('count:2').spanContext().spanId, spans.one('read').spanContext().spanId]
  assert.deepEqual(parents, [counted, counted, done, done])
})

test('a generator that is left early ends, one that throws has failed, once', async () => {
  const steps = traced('steps', function* () {
    yield 1
    throw new Error('no')
  })
  for (const _ of steps()) break
  const failing = steps()
  failing.next()
  assert.throws(() => failing.next(), /no/)
  assert.equal(failing.next().done, true)
  const later = traced('later', async function* () {
    yield 1
    throw new Error('no')
  })
  await assert.rejects(async () => {
    for await (const _ of later()) void _
  }, /no/)
  assert.deepEqual(
    spans.all().map(span => [span.name, span.status.code, span.events.length]),
    [
      ['steps', SpanStatusCode.UNSET, 0],
      ['steps', SpanStatusCode.ERROR, 1],
      ['later', SpanStatusCode.ERROR, 1],
    ],
  )
})

test('as a decorator, of the standard and of TypeScript, with the name of the method or another', () => {
  class Reports {
    id = 7
    create(by: number) {
      return this.id + by
    }
  }
  const context = { kind: 'method', name: 'create' } as ClassMethodDecoratorContext
  const standard = traced()(Reports.prototype.create, context)
  assert.equal(standard.call(new Reports(), 1), 8)
  const descriptor = Object.getOwnPropertyDescriptor(Reports.prototype, 'create') ?? {}
  const replaced = traced('report {0}')(Reports.prototype, 'create', descriptor)
  Object.defineProperty(Reports.prototype, 'create', replaced)
  assert.equal(new Reports().create(2), 9)
  assert.deepEqual(
    spans.all().map(span => span.name),
    ['create', 'report 2'],
  )
  const accessor = { get: () => 1 }
  assert.equal(traced()(Reports.prototype, 'size', accessor), accessor)
})

test('a traced function looks as it did: name, parameters, own properties, and what `new` makes of it', () => {
  function onError(_error: unknown, _request: unknown, _response: unknown, _next: unknown): void {}
  onError.order = 7
  const handler = traced('errors', onError)
  assert.deepEqual([handler.name, handler.length, (handler as typeof onError).order], ['onError', 4, 7])

  class Cards {
    static none = 0
    #count: number
    constructor(count: number) {
      this.#count = count
    }
    get count(): number {
      return this.#count
    }
  }
  const Traced = traced('new cards', Cards as never) as unknown as typeof Cards
  class Decks extends Traced {}
  const [card, deck] = [new Traced(2), new Decks(3)]
  assert.deepEqual([card.count, deck.count, Traced.none], [2, 3, 0])
  assert.ok(card instanceof Cards && card instanceof Traced && deck instanceof Decks)
  assert.equal(spans.named('new cards').length, 2)

  const create = { value: function create(_id: string, _kind: string): void {} }
  const decorated = traced()({}, 'create', create).value as typeof create.value
  assert.deepEqual([decorated.name, decorated.length], ['create', 2])
})
