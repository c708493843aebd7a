import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matcherOf } from '@waybill/model'
import { requestRules } from './clients/http/rules.ts'
import { rulebook } from './rules.ts'

test('a pattern matches the whole name, its case included', () => {
  assert.equal(matcherOf('reports.*')('reports.42'), true)
  assert.equal(matcherOf('reports.*')('reports.'), true)
  assert.equal(matcherOf('reports.*')('reports'), false)
  assert.equal(matcherOf('reports.*')('old.reports.42'), false)
  assert.equal(matcherOf('reports.*')('reportsX42'), false)
  assert.equal(matcherOf('Report')('report'), false)
  assert.equal(matcherOf('*')(''), true)
  assert.equal(matcherOf('a*c')('abbc'), true)
  assert.equal(matcherOf(/^r\d+$/)('r12'), true)
})

test('an expression with state matches every time', () => {
  const matches = matcherOf(/r/g)
  assert.deepEqual([matches('r'), matches('r'), matches('r')], [true, true, true])
})

test('the first rule that matches decides, alone', () => {
  const rules = rulebook([
    { destination: 'orders', operation: 'send', name: 'order' },
    { destination: 'orders', template: 'orders-{id}' },
    { skip: true },
  ])
  assert.deepEqual(rules('send', 'orders')?.name, 'order')
  assert.equal(rules('send', 'orders')?.template, undefined)
  assert.equal(rules('process', 'orders')?.template, 'orders-{id}')
  assert.equal(rules('settle', 'others')?.skip, true)
  assert.equal(rulebook()('send', 'orders'), undefined)
})

test('request rules go by method and path', () => {
  const ruleOf = requestRules([{ method: 'POST', path: '/a', name: 'x' }, { path: '/a' }])
  assert.equal(ruleOf('POST', '/a')?.name, 'x')
  assert.equal(ruleOf('GET', '/a')?.name, undefined)
  assert.equal(ruleOf('GET', '/b'), undefined)
})
