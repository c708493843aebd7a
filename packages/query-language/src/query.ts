/**
 * The syntax tree of a query. A query is a condition on one span; a trace matches where any of its spans
 * does. Only {@link TraceQuery} and {@link RelationQuery}, written in braces, speak of other spans.
 */
export type Query =
  | EveryQuery
  | AndQuery
  | OrQuery
  | NotQuery
  | CompareQuery
  | InQuery
  | RangeQuery
  | HasQuery
  | TextQuery
  | IsQuery
  | TraceQuery
  | RelationQuery

/** Holds for every span: the empty query, `*`. */
export interface EveryQuery {
  readonly type: 'every'
}

export interface AndQuery {
  readonly type: 'and'
  /** Two or more, none of them an `and`. */
  readonly items: readonly Query[]
}

export interface OrQuery {
  readonly type: 'or'
  /** Two or more, none of them an `or`. */
  readonly items: readonly Query[]
}

export interface NotQuery {
  readonly type: 'not'
  readonly item: Query
}

/**
 * `key:value`, `key>value`. `=` and `:` are one operator, and a glob makes it a pattern. `!=` and `!~` hold
 * where the key is present with another value; `-key:value` holds also where it is absent.
 */
export interface CompareQuery {
  readonly type: 'compare'
  /** A short key of {@link shortKeys}, else the name of an attribute. */
  readonly key: string
  readonly operator: CompareOperator
  readonly value: Value
}

/** `key in (a, b)`. */
export interface InQuery {
  readonly type: 'in'
  readonly key: string
  /** At least one. */
  readonly values: readonly Value[]
}

/** `key:from..to`, both ends included. */
export interface RangeQuery {
  readonly type: 'range'
  readonly key: string
  readonly from: Magnitude
  readonly to: Magnitude
}

/** `has:key`. */
export interface HasQuery {
  readonly type: 'has'
  readonly key: string
}

/** A word, or a quoted text: found in names, attribute values and messages, whatever the case. */
export interface TextQuery {
  readonly type: 'text'
  readonly value: TextValue | GlobValue
}

/** `is:error`. */
export interface IsQuery {
  readonly type: 'is'
  readonly condition: Condition
}

/** `{query}`: the span's trace has a span, this one or another, for which `query` holds. */
export interface TraceQuery {
  readonly type: 'trace'
  readonly query: Query
}

/**
 * `{left} > {right}`: two spans stand to each other as `relation` says. Holds for the spans on the right,
 * so that chains read from left to right: in `{a} > {b} > {c}` the left side is itself a relation.
 */
export interface RelationQuery {
  readonly type: 'relation'
  readonly relation: RelationName
  readonly left: Query
  readonly right: Query
}

/** Operators of a comparison, as they are written; `:` reads as `=`. */
export const compareOperators = ['=', '!=', '>', '>=', '<', '<=', '~', '!~'] as const
export type CompareOperator = (typeof compareOperators)[number]

/** Relations between spans by the operator that writes them. */
export const relationOperators = {
  /** The left span is the parent. */
  child: '>',
  /** The left span is an ancestor. */
  descendant: '>>',
  /** The right span links to the left one. */
  link: '~>',
  /** The left span sent a message that the right one received: by parent, link, coordinates or message id. */
  message: '=>',
} as const
export type RelationName = keyof typeof relationOperators

/** What can follow `is:`. */
export const conditionNames = [
  'error',
  'root',
  'orphan',
  'unconsumed',
  'redelivered',
  'dlq',
  'batch',
  'slow',
] as const
export type Condition = (typeof conditionNames)[number]

/**
 * A value as it was written. `text` is always there: `100` is a number in `offset>100` and a text in
 * `service:100`, which the key decides.
 */
export type Value = TextValue | GlobValue | Magnitude

/** What can stand in order: the ends of a range. */
export type Magnitude = NumberValue | DurationValue | SizeValue

export interface TextValue {
  readonly type: 'text'
  readonly text: string
}

/** A pattern in which `*` stands for any text; `\*` and `\\` are the characters themselves. */
export interface GlobValue {
  readonly type: 'glob'
  readonly text: string
}

export interface NumberValue {
  readonly type: 'number'
  readonly text: string
  readonly number: number
}

/** `250ms`, `1h30m`; units as `parseDuration` of the model reads them. */
export interface DurationValue {
  readonly type: 'duration'
  readonly text: string
  readonly nano: number
}

/** `5kb` (1000 bytes each), `5kib` (1024). */
export interface SizeValue {
  readonly type: 'size'
  readonly text: string
  readonly bytes: number
}
