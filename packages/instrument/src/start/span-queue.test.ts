import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { until } from '../testing/until.ts'
import type { QueueLimits } from './span-queue.ts'
import { spanQueue } from './span-queue.ts'

/** An exporter whose answers the test gives. */
function heldExporter() {
  const batches: ReadableSpan[][] = []
  const answers: ((result: ExportResult) => void)[] = []
  const exporter: SpanExporter = {
    export(batch, done) {
      batches.push(batch)
      answers.push(done)
    },
    shutdown: () => Promise.resolve(),
  }
  const answer = (code = ExportResultCode.SUCCESS): void => answers.shift()?.({ code })
  return {
    exporter,
    batches,
    answer,
    names: () => batches.map(batch => batch.map(span => span.name).join('')),
  }
}

function queueWith(limits: Partial<QueueLimits>) {
  const held = heldExporter()
  const queue = spanQueue(held.exporter, {
    exportDelayMs: 60_000,
    maxQueuedSpans: 10,
    maxBatchSpans: 3,
    ...limits,
  })
  const tracer = new BasicTracerProvider({ spanProcessors: [queue] }).getTracer('test')
  const end = (names: string): void => {
    for (const name of names) tracer.startSpan(name).end()
  }
  return { ...held, queue, end }
}

test('a full batch goes at once, one at a time, and the rest with the time', async () => {
  const { end, names, answer, queue } = queueWith({ exportDelayMs: 20 })
  end('ab')
  assert.deepEqual(names(), [])
  end('c')
  assert.deepEqual(names(), ['abc'])
  end('def')
  assert.deepEqual(names(), ['abc'])
  answer()
  await until('the second batch', () => names().length === 2)
  assert.deepEqual(names(), ['abc', 'def'])
  answer()
  await queue.forceFlush()
})

test('what does not fit is dropped, and nothing else', () => {
  const { end, queue } = queueWith({ maxQueuedSpans: 4, maxBatchSpans: 4 })
  end('abcd')
  end('efgh')
  end('ij')
  assert.equal(
    queue
      .takeUnsent()
      .map(span => span.name)
      .join(''),
    'abcdefgh',
  )
  assert.deepEqual(queue.takeUnsent(), [])
})

test('what is under way is unsent until it is answered; a failed batch is not sent again', async () => {
  const { end, queue, answer } = queueWith({})
  end('abcd')
  assert.equal(queue.takeUnsent().length, 4)
  answer()
  end('efg')
  answer(ExportResultCode.FAILED)
  await until('the failure', () => queue.takeUnsent().length === 0)
})

test('forceFlush sends all of it, also what waits behind a batch under way', async () => {
  const { end, queue, answer, names } = queueWith({})
  end('abc')
  end('de')
  const flushed = queue.forceFlush()
  answer()
  await until('the rest', () => names().length === 2)
  answer()
  await flushed
  assert.deepEqual(names(), ['abc', 'de'])
})

test('unsampled spans are not sent', () => {
  const { exporter } = heldExporter()
  const queue = spanQueue(exporter, { exportDelayMs: 60_000, maxQueuedSpans: 10, maxBatchSpans: 3 })
  const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [queue] })
  provider.getTracer('test').startSpan('a').end()
  assert.deepEqual(queue.takeUnsent(), [])
})
