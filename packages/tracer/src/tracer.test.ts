import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createTraceState,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { createTracerProvider } from './provider.ts'
import { registerTracing } from './register.ts'
import { consistentProbability } from './sampling/consistent.ts'
import { alwaysOff } from './sampling/constant.ts'
import type { Sampler } from './sampling/sampler.ts'
import { collectingSink } from './testing/collecting-sink.ts'

const sink = collectingSink()
const provider = createTracerProvider({ sink })
const tracer = provider.getTracer('t', '1')
const parent = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
  traceState: createTraceState('a=1'),
}
const inParent = trace.setSpanContext(ROOT_CONTEXT, parent)

test('a child is in the trace of its parent, a root and a child of rubbish are not', () => {
  const child = tracer.startSpan('child', {}, inParent).spanContext()
  assert.deepEqual([child.traceId, child.traceState?.serialize()], [parent.traceId, 'a=1'])
  assert.notEqual(tracer.startSpan('root', { root: true }, inParent).spanContext().traceId, parent.traceId)
  const invalid = trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT)
  assert.match(tracer.startSpan('new', {}, invalid).spanContext().traceId, /^[0-9a-f]{32}$/)
})

test('nothing is traced where tracing is suppressed, and nothing kept of an unsampled parent', () => {
  const before = sink.spans.length
  assert.equal(tracer.startSpan('s', {}, suppressTracing(inParent)).isRecording(), false)
  const unsampled = trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.NONE })
  const child = tracer.startSpan('s', {}, unsampled)
  child.end()
  assert.deepEqual([child.isRecording(), child.spanContext().traceId], [false, parent.traceId])
  assert.notEqual(child.spanContext().spanId, parent.spanId)
  assert.equal(sink.spans.length, before)
})

test('the sampler is asked with what is known, and adds attributes and trace state', () => {
  const asked: unknown[] = []
  const sampler: Sampler = {
    shouldSample(_context, traceId, name, kind, attributes) {
      asked.push([traceId, name, kind, attributes])
      return {
        decision: SamplingDecision.RECORD_AND_SAMPLED,
        attributes: { 'sampler.type': 'mine' },
        traceState: createTraceState('mine=1'),
      }
    },
    toString: () => 'mine',
  }
  const own = collectingSink()
  const span = createTracerProvider({ sink: own, sampler })
    .getTracer('t')
    .startSpan('s', { kind: SpanKind.CONSUMER, attributes: { a: 1 } })
  span.end()
  const { traceId, traceState } = span.spanContext()
  assert.deepEqual(asked, [[traceId, 's', SpanKind.CONSUMER, { a: 1 }]])
  assert.equal(traceState?.serialize(), 'mine=1')
  assert.deepEqual(own.spans[0]?.attributeList.toObject(), { a: 1, 'sampler.type': 'mine' })
})

test('what is recorded and not sampled records, and goes nowhere', () => {
  const sampler: Sampler = { shouldSample: () => ({ decision: SamplingDecision.RECORD }), toString: () => '' }
  const own = collectingSink()
  const span = createTracerProvider({ sink: own, sampler }).getTracer('t').startSpan('s')
  assert.deepEqual([span.isRecording(), span.spanContext().traceFlags], [true, TraceFlags.NONE])
  span.end()
  assert.equal(own.spans.length, 0)
})

test('a provider gives one tracer for a library and version', () => {
  assert.equal(provider.getTracer('t', '1'), tracer)
  assert.notEqual(provider.getTracer('t', '2'), tracer)
})

test('registered, spans are active within calls and the calls they wait for', async () => {
  assert.equal(registerTracing(provider), true)
  const seen = await tracer.startActiveSpan('outer', { root: true }, inParent, async outer => {
    await Promise.resolve()
    const inner = trace.getTracer('other').startActiveSpan('inner', span => {
      span.end()
      return span.spanContext()
    })
    outer.end()
    return [outer.spanContext().traceId, inner.traceId, trace.getActiveSpan() === outer]
  })
  assert.deepEqual([seen[0], seen[2]], [seen[1], true])
  assert.equal(trace.getActiveSpan(), undefined)
  assert.equal(registerTracing(createTracerProvider({ sink, sampler: alwaysOff })), false)
})

test('a root has nothing of the span that is active: neither its decision nor its tracestate', () => {
  const asked: unknown[] = []
  const sampler: Sampler = {
    shouldSample(context) {
      asked.push(trace.getSpanContext(context))
      return { decision: SamplingDecision.RECORD_AND_SAMPLED }
    },
    toString: () => 'asked',
  }
  createTracerProvider({ sink, sampler }).getTracer('t').startSpan('root', { root: true }, inParent)
  assert.deepEqual(asked, [undefined])
  const consistent = createTracerProvider({ sink, sampler: consistentProbability(1) }).getTracer('t')
  const state = consistent.startSpan('root', { root: true }, inParent).spanContext().traceState
  assert.equal(state?.serialize(), 'ot=th:0')
})
