import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaybillError } from '@waybill/model'
import { and, between, compare, every, freeText, has, inTrace, is, isIn, not, or, related } from './build.ts'
import { parseQuery, queryLimits } from './parse.ts'
import type { Query } from './query.ts'
import { durationValue, globValue, textValue } from './values.ts'

const number = (text: string) => ({ type: 'number', text, number: Number(text) }) as const
const duration = (text: string, nano: number) => ({ type: 'duration', text, nano }) as const

const queries: Readonly<Record<string, Query>> = {
  '': every,
  '  ': every,
  '*': every,
  'service:shop': compare('service', '=', 'shop'),
  'service=shop': compare('service', '=', 'shop'),
  'service : shop': compare('service', '=', 'shop'),
  'service!=shop': compare('service', '!=', 'shop'),
  'service:sh*': compare('service', '=', globValue('sh*')),
  'service:sh\\*': compare('service', '=', 'sh*'),
  'service:"sh*"': compare('service', '=', 'sh*'),
  'name:POST\\ /*': compare('name', '=', globValue('POST /*')),
  'name:"POST /orders"': compare('name', '=', 'POST /orders'),
  'name:"a \\"b\\" \\\\ \\u00e9\\n"': compare('name', '=', 'a "b" \\ é\n'),
  'name~"^POST \\d+"': compare('name', '~', '^POST \\d+'),
  'name!~^a|b$': compare('name', '!~', '^a|b$'),
  'url:http://shop/a?b=c&d>e': compare('url', '=', 'http://shop/a?b=c&d>e'),
  'dur>250ms': compare('dur', '>', durationValue(250e6)),
  'dur<=1h30m': compare('dur', '<=', duration('1h30m', 5400e9)),
  'dur>0': compare('dur', '>', number('0')),
  'size>5kb': compare('size', '>', { type: 'size', text: '5kb', bytes: 5000 }),
  'size>=5KiB': compare('size', '>=', { type: 'size', text: '5KiB', bytes: 5120 }),
  'partition=3': compare('partition', '=', number('3')),
  'http.response.status_code>=500': compare('http.response.status_code', '>=', number('500')),
  'offset in (100,101)': isIn('offset', [number('100'), number('101')]),
  'offset in(100 , 101)': isIn('offset', [number('100'), number('101')]),
  'name in ("a b", c*, d)': isIn('name', [textValue('a b'), globValue('c*'), textValue('d')]),
  'tags:a,b': compare('tags', '=', 'a,b'),
  'offset:100..200': between('offset', number('100'), number('200')),
  'dur:100ms..2s': between('dur', duration('100ms', 100e6), duration('2s', 2e9)),
  'service:1..2': compare('service', '=', '1..2'),
  'x:1ms..2ms': compare('x', '=', '1ms..2ms'),
  'has:group': has('group'),
  'has:"odd key"': has('odd key'),
  'is:error': is('error'),
  hello: freeText('hello'),
  '"hello world"': freeText('hello world'),
  'hel*': { type: 'text', value: globValue('hel*') },
  in: freeText('in'),
  'log in': and([freeText('log'), freeText('in')]),
  'a b': and([freeText('a'), freeText('b')]),
  'a AND b': and([freeText('a'), freeText('b')]),
  'a OR b c': or([freeText('a'), and([freeText('b'), freeText('c')])]),
  'a or b or c': or([freeText('a'), freeText('b'), freeText('c')]),
  '(a OR b) c': and([or([freeText('a'), freeText('b')]), freeText('c')]),
  '-a': not(freeText('a')),
  'NOT a b': and([not(freeText('a')), freeText('b')]),
  '-(a b)': not(and([freeText('a'), freeText('b')])),
  '--a': freeText('a'),
  '-status:ok': not(compare('status', '=', 'ok')),
  'a-b': freeText('a-b'),
  '{service:shop}': inTrace(compare('service', '=', 'shop')),
  '{}': inTrace(every),
  '-{is:error}': not(inTrace(is('error'))),
  '{a} {b}': and([inTrace(freeText('a')), inTrace(freeText('b'))]),
  '{a} > {b}': related(freeText('a'), 'child', freeText('b')),
  '{a}>>{b}': related(freeText('a'), 'descendant', freeText('b')),
  '{a} ~> {b}': related(freeText('a'), 'link', freeText('b')),
  '{a} => {b}': related(freeText('a'), 'message', freeText('b')),
  '{a} > {b} => {c}': related(related(freeText('a'), 'child', freeText('b')), 'message', freeText('c')),
  '{service:shop kind:producer} => {service:billing is:error}': related(
    and([compare('service', '=', 'shop'), compare('kind', '=', 'producer')]),
    'message',
    and([compare('service', '=', 'billing'), is('error')]),
  ),
  'topic:orders group:billing wait>5s -status:ok': and([
    compare('topic', '=', 'orders'),
    compare('group', '=', 'billing'),
    compare('wait', '>', durationValue(5e9)),
    not(compare('status', '=', 'ok')),
  ]),
}

/** Each text with the offset of the fault, and what is said of it. */
const faults: Readonly<Record<string, readonly [number, RegExp]>> = {
  'dur:': [4, /^Expected a value, but the query ends here$/],
  'a dur>': [6, /^Expected a value/],
  'dur>5': [4, /^Expected a duration such as 250ms, 2s or 1h30m for "dur"$/],
  'dur:abc': [4, /a duration/],
  'dur:1..2': [4, /a duration/],
  'size>big': [5, /a size such as/],
  'offset:x': [7, /a whole number/],
  'offset in (1, x)': [14, /a whole number/],
  'offset:-1': [7, /a whole number/],
  'service>5': [7, /^Expected one of : = != ~ !~ after "service"$/],
  'kind:prodcer': [5, /^Expected one of .*producer.* Did you mean producer\?$/],
  'kind>server': [4, /^Expected one of : = != after "kind"$/],
  'x>abc': [2, /^Expected a number after "x>": the unit of an attribute is not known$/],
  'x>5ms': [2, /the unit of an attribute is not known/],
  'trace:xyz': [6, /hex digits/],
  'trace:000': [6, /hex digits/],
  'span:00f067aa0ba902b7a': [5, /hex digits/],
  'name~"(a"': [5, /^The regular expression "\(a" cannot be read: /],
  'a user.id!~"a(?=b)"': [11, /looks ahead or behind/],
  'name~"(a)\\1"': [5, /refers back/],
  'name~"a\\o"': [5, /has an escape that is not known, \\o$/],
  'name~"a{1,1000}"': [5, /repeats more than 999 times/],
  'is:eror': [3, /^Expected one of error, .* after "is:"\. Did you mean error\?$/],
  'is:whatever': [3, /^Expected one of error, .* after "is:"\.$/],
  'is>error': [2, /^Expected ":" after "is"$/],
  'is in (error, root)': [3, /^Expected ":" after "is"$/],
  'has in (a)': [4, /^Expected ":" after "has"$/],
  'has:""': [4, /^Expected a key after "has:"$/],
  'a:=5': [2, /^Expected a value before "="$/],
  '(a b': [4, /^Expected "\)", but the query ends here$/],
  'a)': [1, /^There is no "\(" that this "\)" closes$/],
  'a }': [2, /^There is no "\{" that this "\}" closes$/],
  '()': [1, /^Expected a term such as service:shop before "\)"$/],
  '{a': [2, /^Expected "\}", but the query ends here$/],
  '{a} > ': [6, /^Expected a query in braces/],
  '{a} > b': [6, /^Expected a query in braces/],
  '"abc': [0, /^This quote is never closed/],
  'a name:"b': [7, /^This quote is never closed/],
  'x in (1,': [8, /^Expected a value/],
  'x in (1': [7, /^Expected a comma or "\)"/],
  'x in ()': [6, /^Expected a value before "\)"$/],
  'OR a': [0, /^Expected a term/],
  'a OR': [4, /^Expected a term .* ends here$/],
  'a AND OR b': [6, /^Expected a term/],
  '-': [1, /^Expected a term/],
}

describe('parseQuery', () => {
  for (const [text, query] of Object.entries(queries))
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseQuery(text), query)
    })

  for (const [text, [position, message]] of Object.entries(faults))
    it(`says what is wrong with ${JSON.stringify(text)}`, () => {
      const error = faultOf(text)
      assert.equal(error.code, 'BAD_QUERY')
      assert.match(error.message, message)
      assert.equal(error.position, position)
    })

  it('reads texts up to its limits, and none beyond', () => {
    const { characters, depth, chain } = queryLimits
    assert.doesNotThrow(() => parseQuery('a'.repeat(characters)))
    assert.equal(faultOf('a'.repeat(characters + 1)).position, characters)
    const nested = (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}`
    assert.doesNotThrow(() => parseQuery(nested(depth)))
    assert.match(faultOf(nested(depth + 1)).message, /nests at most/)
    const chained = (groups: number) => Array(groups).fill('{a}').join(' > ')
    assert.doesNotThrow(() => parseQuery(chained(chain)))
    assert.match(faultOf(chained(chain + 1)).message, /braces may follow/)
  })

  it('reads regular expressions up to their limits, and none beyond', () => {
    for (const expression of [`${'a'.repeat(500)}`, 'a{1,999}', '(?i)a', '\\d\\pL\\.\\z', 'a\\\\\\\\1'])
      assert.doesNotThrow(() => parseQuery(`name~"${expression}"`))
    assert.match(faultOf(`name~"${'a'.repeat(501)}"`).message, /is longer than 500 characters$/)
  })

  it('reads ids up to their length, and none beyond', () => {
    for (const text of [`span:${'a'.repeat(16)}`, `trace:${'a'.repeat(32)}`])
      assert.doesNotThrow(() => parseQuery(text))
    assert.equal(faultOf(`span:${'a'.repeat(17)}`).position, 5)
    assert.equal(faultOf(`trace:${'a'.repeat(33)}`).position, 6)
  })

  it('is not overcome by a thousand brackets', () => {
    for (const text of [
      '('.repeat(5000),
      '-'.repeat(5000),
      '{'.repeat(5000),
      '('.repeat(4000) + ')'.repeat(4000),
    ])
      assert.equal(faultOf(text).code, 'BAD_QUERY')
  })
})

function faultOf(text: string): WaybillError {
  try {
    parseQuery(text)
  } catch (error) {
    assert.ok(error instanceof WaybillError, String(error))
    return error
  }
  return assert.fail(`${text} was read`)
}
