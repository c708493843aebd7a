import { parseSpanId, parseTraceId } from '@waybill/model'
import { conditions } from './conditions.ts'
import { expressionFault, nameOfExpression } from './expression.ts'
import type { KeyMeaning, KeyValueType } from './keys.ts'
import { keyMeaning, keyTarget, operatorsOf } from './keys.ts'
import { nearest } from './nearest.ts'
import type { CompareOperator, Magnitude, Value } from './query.ts'
import { conditionNames } from './query.ts'

/** What is wrong with a term, and which part of it. */
export interface TermFault {
  readonly message: string
  /** Place of the value in a list; -1 where the operator is at fault; absent for the only value. */
  readonly part?: number
}

const expectations: Readonly<Record<KeyValueType, string>> = {
  text: 'a text',
  number: 'a whole number such as 3',
  duration: 'a duration such as 250ms, 2s or 1h30m',
  size: 'a size such as 500b, 5kb or 2mib',
  choice: 'one of',
  id: 'hex digits',
}

/**
 * Checks that an operator and a value suit their key.
 *
 * @param range the value read as `from..to`, where it is one: then it is the ends that do not suit.
 * @returns undefined where all is well.
 */
export function checkComparison(
  key: string,
  operator: CompareOperator,
  value: Value,
  range?: { readonly from: Magnitude },
): TermFault | undefined {
  const meaning = keyMeaning(key)
  if (operator === '~' || operator === '!~') {
    const fault = expressionFault(value.text)
    if (fault !== undefined) return { message: `${nameOfExpression(value.text)} ${fault}` }
  }
  if (keyTarget(key).type === 'attribute') return checkAttribute(key, operator, value)
  if (!operatorsOf(meaning.type).includes(operator))
    return { message: `Expected one of : ${operatorsOf(meaning.type).join(' ')} after "${key}"`, part: -1 }
  if (range !== undefined && meaning.type !== 'text') return { message: expected(key, meaning) }
  return checkValue(key, meaning, value)
}

/** Attributes have no units: they stand in order as numbers. */
function checkAttribute(key: string, operator: CompareOperator, value: Value): TermFault | undefined {
  if (!['>', '>=', '<', '<='].includes(operator) || value.type === 'number') return undefined
  return { message: `Expected a number after "${key}${operator}": the unit of an attribute is not known` }
}

export function checkIn(key: string, values: readonly Value[]): TermFault | undefined {
  const meaning = keyMeaning(key)
  if (keyTarget(key).type === 'attribute') return undefined
  for (const [part, value] of values.entries()) {
    const fault = checkValue(key, meaning, value)
    if (fault !== undefined) return { ...fault, part }
  }
  return undefined
}

/** A range needs a key whose values stand in order, and ends of its kind. */
export function checkRange(key: string, from: Magnitude, to: Magnitude): TermFault | undefined {
  if (keyTarget(key).type === 'attribute')
    return from.type === 'number' ? undefined : { message: `Expected numbers after "${key}:"` }
  const meaning = keyMeaning(key)
  if (!operatorsOf(meaning.type).includes('>')) return { message: expected(key, meaning) }
  return checkValue(key, meaning, from) ?? checkValue(key, meaning, to)
}

export function checkCondition(name: string): TermFault | undefined {
  if (Object.hasOwn(conditions, name)) return undefined
  const near = nearest(name, conditionNames)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return { message: `Expected one of ${conditionNames.join(', ')} after "is:".${hint}` }
}

function checkValue(key: string, meaning: KeyMeaning, value: Value): TermFault | undefined {
  return suits(key, meaning, value) ? undefined : { message: expected(key, meaning, value.text) }
}

function suits(key: string, meaning: KeyMeaning, value: Value): boolean {
  switch (meaning.type) {
    case 'text':
      return true
    case 'choice':
      return meaning.choices?.includes(value.text) ?? false
    case 'id':
      return (key === 'span' ? parseSpanId : parseTraceId)(value.text) !== undefined
    case 'number':
      return /^\d{1,18}$/.test(value.text)
    case 'duration':
      return value.type === 'duration' || value.text === '0'
    case 'size':
      return value.type === 'size' || (value.type === 'number' && value.number >= 0)
  }
}

function expected(key: string, meaning: KeyMeaning, written?: string): string {
  const choices = meaning.choices?.join(', ')
  const what = choices === undefined ? expectations[meaning.type] : `one of ${choices}`
  const near =
    written === undefined || meaning.choices === undefined ? undefined : nearest(written, meaning.choices)
  return `Expected ${what} for "${key}"${near === undefined ? '' : `. Did you mean ${near}?`}`
}
