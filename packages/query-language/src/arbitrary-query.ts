import fc from 'fast-check'
import { and, between, compare, has, inTrace, is, isIn, not, or, related } from './build.ts'
import { expressionFault } from './expression.ts'
import { keyMeaning, operatorsOf, shortKeys } from './keys.ts'
import type { Query, RelationName, Value } from './query.ts'
import { conditionNames, relationOperators } from './query.ts'
import { durationValue, globValue, readMagnitude, textValue } from './values.ts'

/** Any query that can be written, for property tests: every kind of node, key, operator and value. */
export const arbitraryQuery: fc.Arbitrary<Query> = fc.letrec<{ query: Query; term: Query }>(tie => ({
  term: fc.oneof(
    fc.constantFrom(...Object.keys(shortKeys)).chain(shortTerm),
    attributeName().chain(attributeTerm),
    fc.constantFrom(...conditionNames).map(is),
    fc.oneof(fc.constantFrom(...Object.keys(shortKeys)), attributeName()).map(has),
    fc
      .oneof(anyText().map(textValue), glob())
      .filter(value => value.type === 'text' || !/^\*+$/.test(value.text))
      .map((value): Query => ({ type: 'text', value })),
  ),
  query: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('term'),
    fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map(and),
    fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map(or),
    tie('query').map(not),
    tie('query').map(inTrace),
    fc
      .tuple(
        tie('query'),
        fc.constantFrom(...(Object.keys(relationOperators) as RelationName[])),
        tie('query'),
      )
      .map(([left, relation, right]) => related(left, relation, right)),
  ),
})).query

/** Any text: words, and everything that means something to the grammar, to SQL or to ClickHouse. */
export function anyText(): fc.Arbitrary<string> {
  const pieces = [
    '"',
    "'",
    '\\',
    '*',
    '%',
    '_',
    '(',
    ')',
    '{',
    '}',
    ':',
    '..',
    ',',
    ' ',
    '\n',
    '\t',
    '-',
    '{p0:String}',
    ';',
    '--',
    'OR',
    'in',
    '5ms',
    '1',
  ]
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.string({ maxLength: 6 }),
  )
  return fc.array(piece, { maxLength: 5 }).map(parts => parts.join(''))
}

function attributeName(): fc.Arbitrary<string> {
  const plain = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}(\.[a-z0-9_]{1,6}){0,2}$/)
  const odd = anyText().filter(name => name !== '')
  const names = fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: odd })
  return names.filter(name => !Object.hasOwn(shortKeys, name) && name !== 'is' && name !== 'has')
}

function shortTerm(key: string): fc.Arbitrary<Query> {
  const { type, choices } = keyMeaning(key)
  const operator = fc.constantFrom(...operatorsOf(type))
  if (choices !== undefined)
    return fc.tuple(operator, fc.constantFrom(...choices)).map(([by, value]) => compare(key, by, value))
  if (type === 'id')
    return fc.stringMatching(/^[0-9a-f]{0,15}[1-9a-f]$/).map(id => compare(key, '=', plain(id)))
  if (type === 'text')
    return fc.oneof(
      fc
        .tuple(fc.constantFrom('=' as const, '!=' as const), textual())
        .map(([by, value]) => compare(key, by, value)),
      expressionTerm(key),
      fc.array(textual(), { minLength: 1, maxLength: 3 }).map(values => isIn(key, values)),
    )
  const value = type === 'duration' ? duration() : type === 'size' ? size() : count()
  return fc.oneof(
    fc.tuple(operator, value).map(([by, one]) => compare(key, by, one)),
    fc.array(value, { minLength: 1, maxLength: 3 }).map(values => isIn(key, values)),
    fc.tuple(value, value).map(([from, to]) => between(key, from, to)),
  )
}

function attributeTerm(key: string): fc.Arbitrary<Query> {
  return fc.oneof(
    textual().map(value => compare(key, '=', value)),
    textual().map(value => compare(key, '!=', value)),
    expressionTerm(key),
    fc
      .tuple(fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const), count())
      .map(([by, value]) => compare(key, by, value)),
    fc.tuple(count(), count()).map(([from, to]) => between(key, from, to)),
    fc.array(textual(), { minLength: 1, maxLength: 3 }).map(values => isIn(key, values)),
  )
}

function expressionTerm(key: string): fc.Arbitrary<Query> {
  const expression = fc
    .stringMatching(/^[\w^$.|() "\\d+]{1,12}$/)
    .filter(text => expressionFault(text) === undefined)
  return fc
    .tuple(fc.constantFrom('~' as const, '!~' as const), expression)
    .map(([by, text]) => compare(key, by, text))
}

function textual(): fc.Arbitrary<Value> {
  return fc.oneof(anyText().map(textValue), glob(), duration(), size(), count())
}

function glob() {
  return fc
    .array(anyText(), { minLength: 2, maxLength: 3 })
    .map(parts => globValue(parts.map(part => part.replace(/[*\\]/g, '\\$&')).join('*')))
}

function duration() {
  return fc.nat(1e15).map(durationValue)
}

function size() {
  return fc
    .tuple(fc.nat(9999), fc.constantFrom('b', 'kb', 'MB', 'gib'))
    .map(([n, unit]) => magnitude(`${n}${unit}`))
}

function count() {
  return fc.nat().map(n => magnitude(String(n)))
}

function plain(text: string): Value {
  return readMagnitude(text) ?? textValue(text)
}

function magnitude(text: string) {
  const value = readMagnitude(text)
  if (value === undefined) throw new Error(`${text} is no magnitude`)
  return value
}
