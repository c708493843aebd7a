import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { anyText, arbitraryQuery } from './arbitrary-query.ts'
import { compare } from './build.ts'
import { formatQuery } from './format.ts'
import { parseQuery } from './parse.ts'

const texts: Readonly<Record<string, string>> = {
  'service = shop  AND  name : "x y"': 'service:shop name:"x y"',
  'a or b and not c': 'a OR b -c',
  '-(a OR b)': '-(a OR b)',
  'offset in(1,2)': 'offset in (1, 2)',
  'name:"plain"': 'name:plain',
  'name:"250ms"': 'name:"250ms"',
  'name:POST\\ /*': 'name:POST\\ /*',
  '{a}>{b}=>{}': '{a} > {b} => {}',
  'service:"or"': 'service:or',
  '"or"': '"or"',
  'wait>1500ms': 'wait>1500ms',
}

describe('formatQuery', () => {
  for (const [text, written] of Object.entries(texts))
    it(`writes ${text} as ${written}`, () => assert.equal(formatQuery(parseQuery(text)), written))

  it('writes any query so that it reads as the same query', () => {
    fc.assert(
      fc.property(arbitraryQuery, query => {
        assert.deepEqual(parseQuery(formatQuery(query)), query)
      }),
      { numRuns: 2000 },
    )
  })

  it('tells attributes called is and has from conditions', () => {
    assert.equal(formatQuery(compare('is', '=', 'error')), '@is:error')
  })
})

describe('any text', () => {
  const words = [
    'service',
    'dur',
    'is',
    'has',
    ':',
    '=',
    '!=',
    '>',
    '>=',
    '~',
    '!~',
    ' in (',
    ')',
    '(',
    '{',
    '}',
    ' > ',
    ' => ',
    ' OR ',
    ' -',
    '"',
    ',',
    '5ms',
    '..',
    '*',
    'error',
    ' ',
  ]
  const nearQuery = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, anyText()), {
    maxLength: 16,
  })

  it('is a query that can be written again, or a BAD_QUERY that says what was expected where', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nearQuery.map(parts => parts.join('')),
          fc.string({ unit: 'binary' }),
        ),
        text => {
          try {
            const query = parseQuery(text)
            assert.deepEqual(parseQuery(formatQuery(query)), query)
          } catch (error) {
            if (!(error instanceof WaybillError)) throw error
            assert.equal(error.code, 'BAD_QUERY')
            assert.ok(error.position !== undefined && error.position >= 0 && error.position <= text.length)
            assert.match(
              error.message,
              /^(?:Expected |There is no "|This quote is never closed|The regular expression |A query (?:nests|has) at most |At most )/,
            )
          }
        },
      ),
      { numRuns: 5000 },
    )
  })
})
