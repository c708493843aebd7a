import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatQuery } from './format.ts'
import { parseQuery } from './parse.ts'
import { hasTerm, termsOf, withoutTerm, withTerm } from './terms.ts'

const terms = (text: string) => termsOf(parseQuery(text)).map(formatQuery)

describe('terms', () => {
  it('are what must hold together', () => {
    assert.deepEqual(terms(''), [])
    assert.deepEqual(terms('a'), ['a'])
    assert.deepEqual(terms('a service:b (c OR d) -{e}'), ['a', 'service:b', 'c OR d', '-{e}'])
  })

  it('are added once and taken out by what they say', () => {
    const query = parseQuery('a service=b')
    const term = parseQuery('service:b')
    assert.equal(hasTerm(query, term), true)
    assert.equal(withTerm(query, term), query)
    assert.equal(formatQuery(withoutTerm(query, term)), 'a')
    assert.equal(formatQuery(withTerm(parseQuery('a OR b'), term)), '(a OR b) service:b')
    assert.equal(formatQuery(withTerm(parseQuery(''), term)), 'service:b')
    assert.equal(formatQuery(withoutTerm(term, term)), '')
  })
})
