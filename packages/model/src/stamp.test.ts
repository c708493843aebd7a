import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stamp } from './stamp.ts'

test('an object has one stamp of each kind, the last', () => {
  const [first, second] = [stamp<string>(), stamp<number>()]
  const message = { value: 'v' }
  assert.equal(first.get(message), undefined)
  first.set(message, 'a')
  first.set(message, 'b')
  second.set(message, 1)
  assert.equal(first.get(message), 'b')
  assert.equal(second.get(message), 1)
})

test('nobody sees it, and copies do not have it', () => {
  const stamps = stamp<string>()
  const message = { value: 'v' }
  stamps.set(message, 'a')
  assert.deepEqual(Reflect.ownKeys(message), ['value'])
  assert.equal(JSON.stringify(message), '{"value":"v"}')
  assert.equal(stamps.get({ ...message }), undefined)
  assert.equal(stamps.get(structuredClone(message)), undefined)
  assert.equal(stamps.get(Object.create(message)), undefined)
})

test('frozen objects, proxies, functions of a class and lists can be stamped', () => {
  const stamps = stamp<string>()
  const target = { value: 'v' }
  const refusing = new Proxy(target, {
    set: () => false,
    defineProperty: () => false,
    get() {
      throw new Error('read')
    },
  })
  for (const object of [Object.freeze({ value: 'v' }), refusing, new (class {})(), Object.seal([1])]) {
    stamps.set(object, 'a')
    assert.equal(stamps.get(object), 'a')
  }
  assert.equal(stamps.get(target), undefined)
})

test('what is no object has none', () => {
  const stamps = stamp<string>()
  for (const value of [undefined, null, 'text', 1, Symbol('s')]) assert.equal(stamps.get(value), undefined)
})
