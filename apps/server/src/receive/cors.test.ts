import assert from 'node:assert/strict'
import { test } from 'node:test'
import { originCheck } from './cors.ts'

test('a star stands for any text, everything else for itself', () => {
  const local = originCheck(['http://localhost:*', 'https://*.example.org'])
  for (const [origin, allowed] of [
    ['http://localhost:3000', true],
    ['http://LOCALHOST:1', true],
    ['http://localhost', false],
    ['https://localhost:3000', false],
    ['https://a.b.example.org', true],
    ['https://axexample.org', false],
    ['https://a.example.org.evil.net', false],
  ] as const)
    assert.equal(local(origin), allowed, origin)
  assert.equal(originCheck(['*'])('anything'), true)
  assert.equal(originCheck([])('http://localhost:3000'), false)
})
