import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyText } from './arbitrary-query.ts'
import {
  durationValue,
  globParts,
  globValue,
  quoteText,
  readMagnitude,
  readRange,
  readValue,
  unescapeQuoted,
} from './values.ts'

describe('readValue', () => {
  it('tells numbers, durations, sizes, patterns and texts', () => {
    const types = (texts: string) => texts.split(' ').map(text => readValue(text).type)
    assert.deepEqual(types('1 -1 1.5 1e3'), ['number', 'number', 'number', 'number'])
    assert.deepEqual(types('250ms 2s 1h30m 1.5s 3d 2w 10us'), Array(7).fill('duration'))
    assert.deepEqual(types('5b 5kb 5MB 1.5gib'), Array(4).fill('size'))
    assert.deepEqual(types('* a* *b a*b'), Array(4).fill('glob'))
    assert.deepEqual(types('a 1.2.3 10.0.0.1 1x ms 5kbs 0x10 a\\*b'), Array(8).fill('text'))
    assert.equal(readValue('a\\*b').text, 'a*b')
  })

  it('reads sizes of 1000 and of 1024', () => {
    assert.deepEqual(readMagnitude('5kb'), { type: 'size', text: '5kb', bytes: 5000 })
    assert.deepEqual(readMagnitude('5kib'), { type: 'size', text: '5kib', bytes: 5120 })
  })
})

describe('readRange', () => {
  it('needs two ends of one kind', () => {
    assert.equal(readRange('1..2')?.to.text, '2')
    assert.equal(readRange('100ms..2s')?.from.text, '100ms')
    for (const text of ['1..', '..2', '1', 'a..b', '1..2s', '1..2..3', '..'])
      assert.equal(readRange(text), undefined)
  })
})

describe('durationValue', () => {
  it('is written in the largest unit without a fraction', () => {
    const texts = [0, 1, 1500, 250e6, 90e9, 3600e9].map(nano => durationValue(nano).text)
    assert.deepEqual(texts, ['0ns', '1ns', '1500ns', '250ms', '90s', '1h'])
  })
})

describe('globs', () => {
  it('come apart at their stars', () => {
    assert.deepEqual(globParts(globValue('ord*\\**')), ['ord', '*', ''])
    assert.deepEqual(globParts(globValue('a\\\\*')), ['a\\', ''])
  })

  it('have one text, however they are written', () => {
    assert.deepEqual(globValue('a\\ b*'), globValue('a b*'))
  })
})

describe('quoteText', () => {
  it('is read again by unescapeQuoted', () => {
    fc.assert(
      fc.property(anyText(), text => assert.equal(unescapeQuoted(quoteText(text).slice(1, -1)), text)),
    )
  })
})
