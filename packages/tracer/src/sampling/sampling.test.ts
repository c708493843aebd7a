import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import {
  createTraceState,
  ROOT_CONTEXT,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { newSpanId, newTraceId } from '../ids.ts'
import { consistentProbability, thresholdOf } from './consistent.ts'
import { alwaysOff, alwaysOn } from './constant.ts'
import { byDestination } from './destination.ts'
import { parentBased } from './parent-based.ts'
import { rateLimited } from './rate-limited.ts'
import { traceIdRatio } from './ratio.ts'
import { remoteSampler } from './remote.ts'
import type { Sampler } from './sampler.ts'
import { samplerOf } from './strategy.ts'

function ask(sampler: Sampler, traceId = newTraceId(), name = 's', attributes = {}, context = ROOT_CONTEXT) {
  return sampler.shouldSample(context, traceId, name, SpanKind.INTERNAL, attributes, [])
}
const keeps = (...question: Parameters<typeof ask>) =>
  ask(...question).decision === SamplingDecision.RECORD_AND_SAMPLED
const hex = (digits: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: digits, maxLength: digits })
    .map(list => list.map(number => number.toString(16)).join(''))

test('a ratio keeps the traces that the SDK keeps', () => {
  fc.assert(
    fc.property(hex(32), fc.double({ min: 0, max: 1, noNaN: true }), (traceId, ratio) => {
      const theirs = new TraceIdRatioBasedSampler(ratio).shouldSample(ROOT_CONTEXT, traceId)
      assert.equal(ask(traceIdRatio(ratio), traceId).decision, theirs.decision)
    }),
  )
})

test('thresholds are those of the specification', () => {
  for (const [probability, threshold] of [
    [1, '0'],
    [0.5, '8'],
    [0.25, 'c'],
    [0.1, 'e666'],
    [0.01, 'fd70a'],
    [0.001, 'ffbe77'],
  ] as const)
    assert.equal(thresholdOf(probability)?.replace(/0+$/, '') || '0', threshold, String(probability))
  assert.equal(thresholdOf(0), undefined)
  assert.equal(thresholdOf(Number.NaN), undefined)
  assert.match(thresholdOf(2 ** -55) ?? '', /^f{13}e$/)
})

test('a larger share keeps what a smaller one keeps, and the share is right', () => {
  const [tenth, half] = [consistentProbability(0.1), consistentProbability(0.5)]
  let kept = 0
  for (let i = 0; i < 20_000; i++) {
    const traceId = newTraceId()
    if (!keeps(tenth, traceId)) continue
    kept++
    assert.ok(keeps(half, traceId))
  }
  assert.ok(kept > 1700 && kept < 2300, String(kept))
})

test('the threshold travels in tracestate, beside what was there', () => {
  const sampler = consistentProbability(0.5)
  const low = `${'0'.repeat(18)}${'1'.repeat(14)}`
  const withState = (text: string) =>
    trace.setSpanContext(ROOT_CONTEXT, {
      traceId: low,
      spanId: newSpanId(),
      traceFlags: TraceFlags.SAMPLED,
      traceState: createTraceState(text),
    })
  assert.equal(keeps(sampler, low), false)
  const kept = ask(sampler, low, 's', {}, withState('ot=rv:ffffffffffffff;th:c;x:1,v=2'))
  assert.equal(kept.traceState?.serialize(), 'ot=th:8;rv:ffffffffffffff;x:1,v=2')
  assert.equal(keeps(sampler, low, 's', {}, withState('ot=rv:short')), false)
})

test('a child is decided as its parent was, a new trace by the root', () => {
  const parent = (traceFlags: number) =>
    trace.setSpanContext(ROOT_CONTEXT, { traceId: 'a'.repeat(32), spanId: newSpanId(), traceFlags })
  assert.equal(keeps(parentBased(alwaysOff), 'a'.repeat(32), 's', {}, parent(1)), true)
  assert.equal(keeps(parentBased(alwaysOn), 'a'.repeat(32), 's', {}, parent(0)), false)
  assert.equal(keeps(parentBased(alwaysOn)), true)
})

test('a rate lets so many through a second, and saves one second of them', () => {
  let now = 0
  const sampler = rateLimited(2, () => now)
  const through = () => Array.from({ length: 5 }, () => keeps(sampler)).filter(Boolean).length
  assert.equal(through(), 2)
  assert.equal(through(), 0)
  now += 500
  assert.equal(through(), 1)
  now += 60_000
  assert.equal(through(), 2)
  assert.equal(keeps(rateLimited(0)), false)
})

test('by destination: the first rule that matches decides', () => {
  const sampler = byDestination(
    [
      { destination: 'audit.*', operation: 'process', sampler: alwaysOn },
      { destination: 'audit.*', sampler: alwaysOff },
      { operation: 'settle', sampler: alwaysOff },
    ],
    alwaysOn,
  )
  const of = (destination: string, operation: string) => ({
    'messaging.destination.name': destination,
    'messaging.operation.type': operation,
  })
  assert.equal(keeps(sampler, undefined, 's', of('audit.eu', 'process')), true)
  assert.equal(keeps(sampler, undefined, 's', of('audit.eu', 'send')), false)
  assert.equal(keeps(sampler, undefined, 's', of('orders', 'settle')), false)
  assert.equal(keeps(sampler, undefined, 's', of('orders', 'send')), true)
  assert.equal(keeps(sampler), true)
})

test("Jaeger's strategies: share, rate, by operation with a floor", () => {
  assert.equal(keeps(samplerOf({ probabilisticSampling: { samplingRate: 1 } })), true)
  assert.equal(keeps(samplerOf({ rateLimitingSampling: { maxTracesPerSecond: 0 } })), false)
  const byOperation = samplerOf({
    strategyType: 'PROBABILISTIC',
    operationSampling: {
      defaultSamplingProbability: 0,
      defaultLowerBoundTracesPerSecond: 0.5,
      perOperationStrategies: [{ operation: 'GET /', probabilisticSampling: { samplingRate: 1 } }],
    },
  })
  assert.equal(keeps(byOperation, undefined, 'GET /'), true)
  assert.equal(keeps(byOperation, undefined, 'rare'), true, 'the floor')
  assert.equal(keeps(byOperation, undefined, 'rare'), false)
  for (const wrong of [
    null,
    5,
    {},
    { probabilisticSampling: {} },
    { rateLimitingSampling: { maxTracesPerSecond: -1 } },
  ])
    assert.throws(() => samplerOf(wrong))
})

test('a remote strategy is used once it is there, and kept while the server fails', async t => {
  let answer: readonly [number, string] = [200, '{"probabilisticSampling":{"samplingRate":1}}']
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    response.writeHead(answer[0]).end(answer[1])
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const errors: string[] = []
  const sampler = remoteSampler({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sampling`,
    service: 'shop & co',
    initial: alwaysOff,
    onError: error => errors.push(String(error)),
  })
  t.after(() => sampler.close())
  assert.equal(keeps(sampler), false, 'before the first answer')
  await sampler.refresh()
  assert.equal(keeps(sampler), true)
  for (answer of [
    [500, 'broken'],
    [200, 'no JSON'],
    [200, '{}'],
  ] as const)
    await sampler.refresh()
  assert.equal(keeps(sampler), true)
  assert.equal(errors.length, 3)
  answer = [200, '{"probabilisticSampling":{"samplingRate":0}}']
  await sampler.refresh()
  assert.equal(keeps(sampler), false)
  assert.equal(asked[0], '/sampling?service=shop+%26+co')
})
