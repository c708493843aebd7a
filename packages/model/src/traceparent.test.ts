import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

test('the example of the recommendation', () => {
  assert.deepEqual(parseTraceparent(`00-${trace}-${span}-01`), { traceId: trace, spanId: span, flags: 1 })
  assert.equal(formatTraceparent({ traceId: trace, spanId: span, flags: 1 }), `00-${trace}-${span}-01`)
})

test('a later version may say more, version 00 may not, ff is none', () => {
  assert.notEqual(parseTraceparent(`01-${trace}-${span}-01-more`), undefined)
  for (const text of [
    `00-${trace}-${span}-01-more`,
    `01-${trace}-${span}-01more`,
    `ff-${trace}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${span}-0`,
    `00-${trace}-${span}`,
    `00_${trace}-${span}-01`,
    ` 00-${trace}-${span}-01`,
    `00-${trace}-${span}-0g`,
    '',
  ])
    assert.equal(parseTraceparent(text), undefined, text)
})

test('what is written is read back', () => {
  const hex = (digits: number) =>
    fc
      .array(fc.integer({ min: 0, max: 15 }), { minLength: digits, maxLength: digits })
      .map(numbers => numbers.map(number => number.toString(16)).join(''))
      .filter(text => !/^0+$/.test(text))
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      assert.deepEqual(parseTraceparent(formatTraceparent({ traceId, spanId, flags })), {
        traceId,
        spanId,
        flags,
      })
    }),
  )
})

test('any other text is none, and nothing is thrown', () => {
  fc.assert(fc.property(fc.string(), text => parseTraceparent(text) === undefined))
})
