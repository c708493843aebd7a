import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TraceId } from '@waybill/model'
import fc from 'fast-check'
import { jaegerTraceId, parseJaegerTraceId } from './trace-id.ts'

test('an id of any bytes is found by its hex and by every kind of its base64', () => {
  const bytes = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .filter(array => array.some(byte => byte !== 0))
  fc.assert(
    fc.property(bytes, array => {
      const buffer = Buffer.from(array)
      const hex = buffer.toString('hex')
      const base64 = buffer.toString('base64')
      const texts = [hex, hex.toUpperCase(), base64, base64.replace(/=+$/, ''), buffer.toString('base64url')]
      for (const text of texts) assert.equal(parseJaegerTraceId(text), hex, text)
    }),
  )
})

test('64-bit ids are 16 digits on the way out and may be shorter on the way in', () => {
  assert.equal(parseJaegerTraceId('1f'), '0000000000000000000000000000001f')
  assert.equal(parseJaegerTraceId('AAAAAAAAAB8='), '0000000000000000000000000000001f')
  assert.equal(jaegerTraceId('0000000000000000000000000000001f' as TraceId), '000000000000001f')
  const whole = '10000000000000000000000000000000' as TraceId
  assert.equal(jaegerTraceId(whole), whole)
})

test('what is no id is none', () => {
  const texts = [
    '',
    '0',
    '0'.repeat(32),
    'a'.repeat(33),
    'xyz',
    'AAAz',
    `${'A'.repeat(22)}==`,
    '====',
    '12 34',
    '-1',
  ]
  for (const text of texts) assert.equal(parseJaegerTraceId(text), undefined, text)
})
