import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes, Context } from '@opentelemetry/api'
import { ROOT_CONTEXT, SamplingDecision, SpanKind } from '@opentelemetry/api'
import type { Sampler } from '@waybill/tracer'
import { active } from '../testing/routes.ts'
import { samplerOf } from './sampler.ts'
import { withoutSamples } from './topic-samplers.ts'

const traceId = '0123456789abcdef0123456789abcdef'

function keeps(sampler: Sampler, topic: string, operation = 'send', parent: Context = ROOT_CONTEXT): boolean {
  const attributes: Attributes = {
    'messaging.destination.name': topic,
    'messaging.operation.type': operation,
  }
  const id = parent === ROOT_CONTEXT ? traceId : 'a'.repeat(32)
  const { decision } = sampler.shouldSample(parent, id, 'name', SpanKind.PRODUCER, attributes, [])
  return decision === SamplingDecision.RECORD_AND_SAMPLED
}

const rules = [
  { destination: 'orders.vip', name: 'vip' },
  { destination: 'orders.*', sample: 1 },
  { destination: 'metrics', operation: 'process', sample: 0 },
] as const

test('a topic is sampled by its rule, more or less than the rest; the first rule that matches decides', () => {
  const none = samplerOf({ kind: 'traceidratio', isParentBased: true, share: 0 }, 'shop', rules)
  assert.deepEqual(
    ['orders.eu', 'orders.vip', 'metrics', 'other'].map(topic => keeps(none, topic)),
    [true, false, false, false],
  )
  const all = samplerOf({ kind: 'always_on', isParentBased: true }, 'shop', rules)
  assert.deepEqual([keeps(all, 'metrics', 'process'), keeps(all, 'metrics', 'send')], [false, true])
})

test('where a parent has decided, rules are not asked', () => {
  const sampler = samplerOf({ kind: 'always_on', isParentBased: true }, 'shop', rules)
  assert.equal(keeps(sampler, 'metrics', 'process', active('a')), true)
})

test('what the tracer samples is not sampled a second time', () => {
  assert.deepEqual(withoutSamples({ polls: 'shared' }), { polls: 'shared' })
  assert.deepEqual(withoutSamples({ rules }).rules, [
    { destination: 'orders.vip', name: 'vip' },
    { destination: 'orders.*' },
    { destination: 'metrics', operation: 'process' },
  ])
})
