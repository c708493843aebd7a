import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestRules } from './clients/http/rules.ts'
import { matcherOf } from './pattern.ts'
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

test('without rules, names are those of the conventions', () => {
  const rules = rulebook()
  const names = (['send', 'receive', 'process'] as const).map(
    operation => rules(operation, 'orders').spanName,
  )
  assert.deepEqual(names, ['send orders', 'poll orders', 'process orders'])
  assert.equal(rules('send', 'orders').skip, false)
})

test('the first rule that matches decides, alone', () => {
  const rules = rulebook([
    { topic: 'orders', operation: 'send', name: 'order' },
    { topic: 'orders', template: 'orders-{id}' },
    { skip: true },
  ])
  assert.equal(rules('send', 'orders').spanName, 'order')
  assert.equal(rules('send', 'orders').template, undefined)
  assert.equal(rules('process', 'orders').spanName, 'process orders-{id}')
  assert.equal(rules('process', 'others').skip, true)
})

test('rulings are remembered, for a bounded number of topics', () => {
  const rules = rulebook()
  const first = rules('send', 'topic-0')
  for (let i = 1; i < 1000; i++) rules('send', `topic-${i}`)
  assert.equal(rules('send', 'topic-0'), first)
  rules('send', 'topic-1000')
  assert.notEqual(rules('send', 'topic-0'), first)
})

test('request rules go by method and path', () => {
  const ruleOf = requestRules([{ method: 'POST', path: '/a', name: 'x' }, { path: '/a' }])
  assert.equal(ruleOf('POST', '/a')?.name, 'x')
  assert.equal(ruleOf('GET', '/a')?.name, undefined)
  assert.equal(ruleOf('GET', '/b'), undefined)
})
