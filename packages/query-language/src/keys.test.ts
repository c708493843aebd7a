import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { conditions } from './conditions.ts'
import { keyMeaning, keyTarget, operatorsOf, shortKeys } from './keys.ts'
import { parseQuery } from './parse.ts'
import { conditionNames } from './query.ts'

describe('shortKeys', () => {
  for (const [key, meaning] of Object.entries(shortKeys))
    it(`has an example of ${key} that reads as a term of it`, () => {
      const query = parseQuery(meaning.example)
      assert.ok(query.type === 'compare' || query.type === 'range', meaning.example)
      assert.equal(query.key, key)
    })

  it('are as many as the documentation says', () => {
    const keys =
      'service name kind status dur trace.dur topic partition offset key group queue exchange rk msgid system wait e2e attempts dlq'
    for (const key of keys.split(' ')) assert.ok(key in shortKeys, key)
  })
})

describe('keyTarget', () => {
  it('tells short keys, attributes and where attributes are looked for', () => {
    assert.deepEqual(keyTarget('topic'), { type: 'short', key: 'topic' })
    assert.deepEqual(keyTarget('http.route'), { type: 'attribute', name: 'http.route', of: 'any' })
    assert.deepEqual(keyTarget('@topic'), { type: 'attribute', name: 'topic', of: 'any' })
    assert.deepEqual(keyTarget('span.topic'), { type: 'attribute', name: 'topic', of: 'span' })
    assert.deepEqual(keyTarget('resource.host.name'), {
      type: 'attribute',
      name: 'host.name',
      of: 'resource',
    })
    assert.deepEqual(keyTarget('event.x'), { type: 'attribute', name: 'x', of: 'event' })
    assert.deepEqual(keyTarget('@'), { type: 'attribute', name: '@', of: 'any' })
    assert.deepEqual(keyTarget('toString'), { type: 'attribute', name: 'toString', of: 'any' })
  })
})

describe('keyMeaning', () => {
  it('knows every attribute as a text', () => {
    assert.equal(keyMeaning('http.route').type, 'text')
    assert.deepEqual(keyMeaning('http.route').attributes, ['http.route'])
  })

  it('gives the spellings behind a short key, the newest first', () => {
    assert.equal(keyMeaning('group').attributes[0], 'messaging.consumer.group.name')
    assert.ok(keyMeaning('group').attributes.includes('messaging.kafka.consumer.group'))
  })
})

describe('operatorsOf', () => {
  it('gives order only to what has one', () => {
    assert.ok(operatorsOf('duration').includes('>'))
    assert.ok(!operatorsOf('duration').includes('~'))
    assert.ok(!operatorsOf('choice').includes('>'))
    assert.ok(operatorsOf('text').includes('~'))
  })
})

describe('conditions', () => {
  it('describe every name that may follow is:', () => {
    assert.deepEqual(Object.keys(conditions).sort(), [...conditionNames].sort())
    for (const name of conditionNames)
      assert.deepEqual(parseQuery(`is:${name}`), { type: 'is', condition: name })
  })
})
