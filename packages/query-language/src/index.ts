// Reading and writing

// Making queries
export {
  and,
  between,
  compare,
  durationBetween,
  every,
  freeText,
  has,
  inTrace,
  is,
  isIn,
  not,
  or,
  related,
} from './build.ts'
// What keys and conditions mean
export { conditions } from './conditions.ts'
// Completion
export type { CursorPlace } from './cursor.ts'
export { cursorPlace } from './cursor.ts'
// Regular expressions
export { expressionFault, nameOfExpression } from './expression.ts'
export { formatQuery } from './format.ts'
export type { KeyMeaning, KeyTarget, KeyValueType, ShortKey } from './keys.ts'
export { keyMeaning, keyTarget, operatorsOf, shortKeys } from './keys.ts'
export { parseQuery, queryLimits } from './parse.ts'
export { parser } from './parser.generated.ts'
// The syntax tree
export type {
  AndQuery,
  CompareOperator,
  CompareQuery,
  Condition,
  DurationValue,
  EveryQuery,
  GlobValue,
  HasQuery,
  InQuery,
  IsQuery,
  Magnitude,
  NotQuery,
  NumberValue,
  OrQuery,
  Query,
  RangeQuery,
  RelationName,
  RelationQuery,
  SizeValue,
  TextQuery,
  TextValue,
  TraceQuery,
  Value,
} from './query.ts'
export { compareOperators, conditionNames, relationOperators } from './query.ts'
// Chips
export { hasTerm, termsOf, withoutTerm, withTerm } from './terms.ts'
export { traceIdOf } from './trace-id.ts'
// Values
export { durationValue, globParts, globValue, readMagnitude, textValue } from './values.ts'
