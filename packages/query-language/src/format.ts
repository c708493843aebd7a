import type { CompareQuery, Query, TextQuery, Value } from './query.ts'
import { relationOperators } from './query.ts'
import { escapePlain, quoteText, readRange, readValue } from './values.ts'

/**
 * Writes a query as text. Reading the text gives the same query again.
 */
export function formatQuery(query: Query): string {
  return query.type === 'every' ? '' : write(query, 'or')
}

type Place = 'or' | 'and' | 'not'

/** @param place the weakest operator that may stand here without brackets. */
function write(query: Query, place: Place): string {
  switch (query.type) {
    case 'every':
      return '*'
    case 'or': {
      const text = query.items.map(item => write(item, 'and')).join(' OR ')
      return place === 'or' ? text : `(${text})`
    }
    case 'and': {
      const text = query.items.map(item => write(item, 'not')).join(' ')
      return place === 'not' ? `(${text})` : text
    }
    case 'not':
      return `-${write(query.item, 'not')}`
    case 'compare':
      return writeComparison(query)
    case 'in':
      return `${writeKey(query.key)} in (${query.values.map(writeListValue).join(', ')})`
    case 'range':
      return `${writeKey(query.key)}:${query.from.text}..${query.to.text}`
    case 'has':
      return `has:${writeName(query.key)}`
    case 'is':
      return `is:${query.condition}`
    case 'text':
      return writeText(query)
    case 'trace':
      return writeGroup(query.query)
    case 'relation': {
      const left = query.left.type === 'relation' ? write(query.left, 'not') : writeGroup(query.left)
      return `${left} ${relationOperators[query.relation]} ${writeGroup(query.right)}`
    }
  }
}

function writeGroup(query: Query): string {
  return query.type === 'every' ? '{}' : `{${write(query, 'or')}}`
}

function writeComparison({ key, operator, value }: CompareQuery): string {
  const written = operator === '=' ? ':' : operator
  if (operator !== '~' && operator !== '!~') return writeKey(key) + written + writeValue(value)
  return writeKey(key) + written + (plainValue.test(value.text) ? value.text : quoteText(value.text))
}

/** What stands unquoted after an operator (`Value` in query.grammar), backslashes aside. */
const plainValue = /^[^\s\u00a0(){}"\\=<>~!:][^\s\u00a0(){}"\\]*$/
const valueSpecial = /[\s\u00a0(){}"]|^[=<>~!:]/
const listSpecial = /[\s\u00a0(){}",]|^[=<>~!:]/
const wordSpecial = /[\s\u00a0(){}":=<>~!]|^[-,]/
const keySpecial = /[\s\u00a0(){}":=<>~!\\]|^[-,]/g

/** A value that reads as what it is; a text that would read as something else goes into quotes. */
function writeValue(value: Value): string {
  if (value.type === 'glob') return escapePlain(value.text, valueSpecial)
  if (value.type !== 'text') return value.text
  return readsAsText(value.text) ? value.text : quoteText(value.text)
}

function writeListValue(value: Value): string {
  if (value.type === 'glob') return escapePlain(value.text, listSpecial)
  if (value.type !== 'text') return value.text
  return readsAsText(value.text) && !value.text.includes(',') ? value.text : quoteText(value.text)
}

function readsAsText(text: string): boolean {
  return plainValue.test(text) && readValue(text).type === 'text' && readRange(text) === undefined
}

/** Keywords get a backslash, and attributes called `is` or `has` the prefix that tells them from conditions. */
function writeKey(key: string): string {
  if (key === 'is' || key === 'has') return `@${key}`
  const escaped = key.replace(keySpecial, '\\$&')
  return /^(and|or|not)$/i.test(key) ? `\\${escaped}` : escaped
}

function writeName(key: string): string {
  return plainValue.test(key) ? key : quoteText(key)
}

function writeText({ value }: TextQuery): string {
  if (value.type === 'glob') return escapePlain(value.text, wordSpecial)
  const plain = /^[\p{L}\p{N}_./@#$%&+'][\p{L}\p{N}_./@#$%&+'-]*$/u.test(value.text)
  return plain && !/^(and|or|not|in)$/i.test(value.text) ? value.text : quoteText(value.text)
}
