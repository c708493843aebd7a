import { compare } from '@waybill/query-language'
import { describe, expect, it } from 'vitest'
import { asksFor, narrow, toggleTerm } from './narrow.ts'

describe('toggleTerm', () => {
  it('adds a term and takes it out again', () => {
    expect(toggleTerm('', 'topic:orders')).toBe('topic:orders')
    expect(toggleTerm('a', 'topic:orders')).toBe('a topic:orders')
    expect(toggleTerm('a topic:orders', 'topic:orders')).toBe('a')
  })

  it('replaces the opposite', () => {
    expect(toggleTerm('a -service:shop', 'service:shop')).toBe('a service:shop')
    expect(toggleTerm('service:shop a', '-service:shop')).toBe('a -service:shop')
  })

  it('keeps alternatives together', () => {
    expect(toggleTerm('a OR b', 'c')).toBe('(a OR b) c')
  })

  it('adds to a text that cannot be read', () => {
    expect(toggleTerm('a (', 'c')).toBe('a ( c')
  })
})

describe('asksFor', () => {
  it('finds a term however it is written', () => {
    expect(asksFor('a service="shop"', 'service:shop')).toBe(true)
    expect(asksFor('(service:shop OR a)', 'service:shop')).toBe(false)
    expect(asksFor('-service:shop', 'service:shop')).toBe(false)
    expect(asksFor('(', 'service:shop')).toBe(false)
  })
})

describe('narrow', () => {
  it('quotes what needs it, and adds nothing twice', () => {
    const term = compare('name', '=', 'POST /orders')
    expect(narrow('is:error', term)).toBe('is:error name:"POST /orders"')
    expect(narrow('name:"POST /orders"', term)).toBe('name:"POST /orders"')
    expect(narrow('(', term)).toBe('( name:"POST /orders"')
  })
})
