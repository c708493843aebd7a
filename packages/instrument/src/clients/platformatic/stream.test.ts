import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { beforeEach, test } from 'node:test'
import type { Context } from '@opentelemetry/api'
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { contextOf, processMessage } from '../../scope.ts'
import { keepStreamed } from '../../streamed.ts'
import { collectSpans } from '../../testing/collect-spans.ts'
import { kafkaRoute } from '../../testing/routes.ts'
import { until } from '../../testing/until.ts'
import { traceStream } from './stream.ts'

const spans = collectSpans()
beforeEach(() => spans.clear())

interface Numbered {
  readonly n: number
}

/** A stream of `count` messages, as the client would fill it, in a trace each. */
function streamOf(count: number): Readable {
  const stream = Readable.from(
    Array.from({ length: count }, (_, n): Numbered => {
      const message = { n }
      keepStreamed(kafkaRoute(), { headers: undefined, original: message, offset: n })
      return message
    }),
  )
  traceStream(stream)
  return stream
}

const active = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId
const own = (message: object): string | undefined => trace.getSpanContext(contextOf(message))?.spanId
const processed = () => spans.named('process orders')

test('one message, taken without a loop, is in nobody’s scope; its span ends with the stream', async () => {
  const stream = streamOf(2)
  const iterator: AsyncIterator<Numbered> = stream[Symbol.asyncIterator]()
  const { value } = await iterator.next()
  assert.equal(active(), undefined)
  assert.ok(own(value))
  assert.equal(processed().length, 0)
  stream.destroy()
  await until('the span', () => processed().length === 1)
})

test('a loop by hand is in scope as for await is, and leaves it', async () => {
  const iterator: AsyncIterator<Numbered> = streamOf(3)[Symbol.asyncIterator]()
  const seen: unknown[] = []
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
    const { value } = step
    await null
    seen.push(active() === own(value))
    assert.equal(step.value, value)
  }
  assert.deepEqual(seen, [true, true, true])
  assert.equal(active(), undefined)
  assert.equal(processed().length, 3)
})

test('messages asked for at once, before any is read, and read in promises’ callbacks', async () => {
  const iterator: AsyncIterator<Numbered> = streamOf(3)[Symbol.asyncIterator]()
  const read = () =>
    iterator.next().then(step => (step.done ? undefined : [active(), own(step.value), active()]))
  const turns = await Promise.all([read(), read(), read()])
  assert.equal(active(), undefined)
  for (const turn of turns) assert.equal(turn?.[1], turn?.[2])
  await iterator.return?.()
  assert.equal(processed().length, 3)
})

test('throw fails the span; a generator between, and options of the iterator, change nothing', async () => {
  const iterator: AsyncIterator<Numbered> = streamOf(2).iterator({ destroyOnReturn: true })
  await iterator.next().then(({ value }) => value)
  const error = new Error('within')
  await assert.rejects(iterator.throw?.(error) ?? Promise.resolve(), error)
  assert.equal(processed()[0]?.status.code, SpanStatusCode.ERROR)
  spans.clear()

  async function* tens(stream: Readable) {
    for await (const message of stream) {
      assert.equal(active(), own(message))
      yield message
    }
    yield* streamOf(1)
  }
  const outside: unknown[] = []
  for await (const message of tens(streamOf(2))) outside.push(own(message) !== undefined && active())
  assert.deepEqual(outside, [undefined, undefined, undefined])
  assert.equal(processed().length, 3)
})

test('an iterator of ours has what the stream’s own has', async () => {
  const stream = streamOf(1)
  const iterator = stream[Symbol.asyncIterator]()
  assert.equal(iterator[Symbol.asyncIterator](), iterator)
  assert.equal((iterator as unknown as { stream: unknown }).stream, stream)
  const step = await iterator.next()
  assert.deepEqual(Object.keys(step), ['done', 'value'])
  assert.deepEqual(await iterator.return?.(), { done: true, value: undefined })
  assert.deepEqual(await iterator.next(), { done: true, value: undefined })
})

test('where the context manager cannot enter a context, a loop has its spans, and contextOf works', async () => {
  context.disable()
  const stack: Context[] = []
  context.setGlobalContextManager({
    active: () => stack.at(-1) ?? ROOT_CONTEXT,
    with(entered, run, thisArg, ...given) {
      stack.push(entered)
      try {
        return run.apply(thisArg as never, given)
      } finally {
        stack.pop()
      }
    },
    bind: (_, target) => target,
    enable() {
      return this
    },
    disable() {
      return this
    },
  })
  const contexts: unknown[] = []
  for await (const message of streamOf(2)) contexts.push([active(), own(message) !== undefined])
  assert.deepEqual(contexts, Array(2).fill([undefined, true]))
  assert.equal(processed().length, 2)
  context.disable()
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

test('listeners: what they throw and reject goes where it went, and fails the span', async () => {
  const stream = streamOf(2)
  const error = new Error('within')
  const unhandled = once(process, 'unhandledRejection')
  stream.on('data', ({ n }: Numbered) => {
    if (n === 0) return Promise.reject(error)
    return undefined
  })
  // The test runner listens, too, and would fail this test.
  const listeners = process.listeners('unhandledRejection').slice(0, -1)
  for (const listener of listeners) process.off('unhandledRejection', listener)
  assert.equal((await unhandled)[0], error)
  for (const listener of listeners) process.on('unhandledRejection', listener)
  await until('both spans', () => processed().length === 2)
  assert.deepEqual(
    processed()
      .map(span => span.status.code)
      .sort(),
    [SpanStatusCode.UNSET, SpanStatusCode.ERROR],
  )
  spans.clear()
  const thrower = streamOf(1)
  thrower.on('data', () => {
    throw error
  })
  assert.throws(() => thrower.emit('data', thrower.read()), error)
  assert.equal(processed()[0]?.status.code, SpanStatusCode.ERROR)
})

test('with captureRejections, rejections become errors of the stream as ever', async () => {
  EventEmitter.captureRejections = true
  try {
    const stream = new Readable({ objectMode: true, read() {} })
    traceStream(stream)
    const failed = once(stream, 'close')
    const errors: unknown[] = []
    stream.on('error', error => errors.push(error))
    const error = new Error('within')
    stream.on('data', () => Promise.reject(error))
    const message = {}
    keepStreamed(kafkaRoute(), { headers: undefined, original: message })
    stream.push(message)
    await assert.rejects(failed, error)
    assert.deepEqual(errors, [error])
    assert.equal(processed().length, 1)
  } finally {
    EventEmitter.captureRejections = false
  }
})

test('50 handlers at once, each with its own context throughout', async () => {
  const stream = streamOf(500)
  const wrong: number[] = []
  let running = 0
  let most = 0
  await stream.forEach(
    async (message: Numbered) => {
      most = Math.max(most, ++running)
      await processMessage(message, async () => {
        for (let i = 0; i <= message.n % 5; i++) await new Promise(resolve => setImmediate(resolve))
        if (active() !== own(message)) wrong.push(message.n)
      })
      running--
    },
    { concurrency: 50 },
  )
  assert.ok(most > 10)
  assert.deepEqual(wrong, [])
  assert.equal(new Set(processed().map(span => span.spanContext().traceId)).size, 500)
})
