import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyWith } from './copy.ts'

class Order {
  own = 'o'
  readonly #shard = 7
  get shard(): number {
    return this.#shard
  }
  get headers(): unknown {
    return { a: 'given' }
  }
  get broken(): never {
    throw new Error('not to be read')
  }
  total(): string {
    return `${this.own}${this.shard}`
  }
}
class Special extends Order {}

test('a plain object, frozen or without a prototype, is copied with its symbols, and stays as it was', () => {
  const mark = Symbol('mark')
  for (const given of [
    Object.freeze({ a: 1, b: 2, [mark]: 3 }),
    Object.assign(Object.create(null), { a: 1, b: 2, [mark]: 3 }),
  ]) {
    const copy = copyWith<Record<PropertyKey, unknown>>(given, { b: 'new' })
    assert.deepEqual({ ...copy }, { a: 1, b: 'new', [mark]: 3 })
    assert.equal(given.b, 2)
  }
})

test('what a class says by getters is read from the object itself, private fields included', () => {
  const copy = copyWith(new Special(), { headers: { a: 'ours' } })
  assert.deepEqual([copy.own, copy.shard, copy.headers], ['o', 7, { a: 'ours' }])
  assert.ok(copy instanceof Special)
  assert.equal(copy.total(), 'o7')
  assert.equal(copy.broken, undefined)
})
