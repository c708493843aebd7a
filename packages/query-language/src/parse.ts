import type { SyntaxNode } from '@lezer/common'
import { WaybillError } from '@waybill/model'
import { and, every, inTrace, not, or, related } from './build.ts'
import { checkComparison, checkCondition, checkIn, checkRange } from './check.ts'
import { parser } from './parser.generated.ts'
import type { CompareOperator, Condition, Query, RelationName, Value } from './query.ts'
import { relationOperators } from './query.ts'
import { syntaxError } from './syntax-error.ts'
import { readRange, readValue, textValue, unescapePlain, unescapeQuoted } from './values.ts'

/** Longest text that is read, how deeply it may nest, and how many braces may follow one another. */
export const queryLimits = { characters: 10_000, depth: 60, chain: 8 } as const

const relationNames = new Map(
  Object.entries(relationOperators).map(([name, operator]) => [operator as string, name as RelationName]),
)

/**
 * Reads a query. The empty text is the query that holds for every span.
 *
 * @throws WaybillError BAD_QUERY, which says what was expected; `position` is the offset in the text.
 */
export function parseQuery(text: string): Query {
  if (text.length > queryLimits.characters)
    throw badQuery(`A query has at most ${queryLimits.characters} characters`, queryLimits.characters)
  const tree = parser.parse(text)
  const fault = syntaxError(tree, text)
  if (fault !== undefined) throw badQuery(fault.message, fault.position)
  const content = tree.topNode.firstChild
  return content === null ? every : queryOf(content, text, 0)
}

function queryOf(node: SyntaxNode, text: string, depth: number): Query {
  if (depth > queryLimits.depth)
    throw badQuery(`A query nests at most ${queryLimits.depth} levels deep`, node.from)
  const inner = (child: SyntaxNode) => queryOf(child, text, depth + 1)
  switch (node.name) {
    case 'Or':
      return or(operands(node).map(inner))
    case 'And':
      return and(operands(node).map(inner))
    case 'Not':
      return not(inner(lastChild(node)))
    case 'Parens':
      return inner(operands(node)[0] ?? node)
    case 'Group':
      return inTrace(groupContent(node, text, depth))
    case 'Relation':
      return relationOf(node, text, depth)
    case 'Comparison':
      return comparisonOf(node, text)
    default:
      return textOf(node, text)
  }
}

/** Children that are queries themselves, brackets and keywords left out. */
function operands(node: SyntaxNode): readonly SyntaxNode[] {
  return children(node).filter(child => !/Keyword$|^Minus$|^RelationOperator$|^[(){}]$/.test(child.name))
}

function groupContent(group: SyntaxNode, text: string, depth: number): Query {
  const content = operands(group)[0]
  return content === undefined ? every : queryOf(content, text, depth + 1)
}

/** `{a} > {b} > {c}`: the left side of the second operator is the relation before it. */
function relationOf(node: SyntaxNode, text: string, depth: number): Query {
  const parts = children(node)
  if (parts.length >= queryLimits.chain * 2)
    throw badQuery(`At most ${queryLimits.chain} braces may follow one another`, node.from)
  let left: Query | undefined
  let relation: RelationName = 'child'
  for (const part of parts) {
    if (part.name === 'RelationOperator') relation = relationNames.get(source(part, text)) ?? 'child'
    else {
      const side = groupContent(part, text, depth)
      left = left === undefined ? side : related(left, relation, side)
    }
  }
  return left ?? every
}

function comparisonOf(node: SyntaxNode, text: string): Query {
  const [keyNode, operatorNode, valueNode] = children(node)
  if (keyNode === undefined || operatorNode === undefined || valueNode === undefined)
    throw badQuery('Expected a comparison', node.from)
  const key = unescapePlain(source(keyNode, text))
  if (key === 'is' || key === 'has') return wordComparison(key, operatorNode, valueNode, text)
  if (operatorNode.name === 'InKeyword') {
    const items = children(valueNode).filter(item => item.name === 'ListValue' || item.name === 'Quoted')
    const values = items.map(item => listValueOf(item, text))
    check(checkIn(key, values), (index = 0) => items[index]?.from ?? valueNode.from)
    return { type: 'in', key, values }
  }
  const written = source(operatorNode, text)
  const operator = (written === ':' ? '=' : written) as CompareOperator
  const range =
    valueNode.name === 'Value' && operator === '=' ? readRange(source(valueNode, text)) : undefined
  if (range !== undefined && checkRange(key, range.from, range.to) === undefined)
    return { type: 'range', key, ...range }
  const value = readValueNode(valueNode, text, operator)
  check(checkComparison(key, operator, value, range), part =>
    part === undefined ? valueNode.from : operatorNode.from,
  )
  return { type: 'compare', key, operator, value }
}

/** `is:error` and `has:key`, which look like comparisons. */
function wordComparison(
  word: 'is' | 'has',
  operatorNode: SyntaxNode,
  valueNode: SyntaxNode,
  text: string,
): Query {
  if (![':', '='].includes(source(operatorNode, text)))
    throw badQuery(`Expected ":" after "${word}"`, operatorNode.from)
  const raw = source(valueNode, text)
  const name = valueNode.name === 'Quoted' ? unescapeQuoted(raw.slice(1, -1)) : unescapePlain(raw)
  if (word === 'has') {
    if (name === '') throw badQuery('Expected a key after "has:"', valueNode.from)
    return { type: 'has', key: name }
  }
  check(checkCondition(name), () => valueNode.from)
  return { type: 'is', condition: name as Condition }
}

/** A regular expression is taken as it stands; anything else unquoted is read for what it is. */
function readValueNode(node: SyntaxNode, text: string, operator: CompareOperator): Value {
  const raw = source(node, text)
  if (node.name === 'Quoted') return textValue(unescapeQuoted(raw.slice(1, -1)))
  return operator === '~' || operator === '!~' ? textValue(raw) : readValue(raw)
}

function listValueOf(node: SyntaxNode, text: string): Value {
  return readValueNode(node, text, '=')
}

/** A lone `*` is the query that holds for every span. */
function textOf(node: SyntaxNode, text: string): Query {
  const raw = source(node, text)
  if (raw.startsWith('"')) return { type: 'text', value: textValue(unescapeQuoted(raw.slice(1, -1))) }
  if (/^\*+$/.test(raw)) return every
  const value = readValue(raw)
  return { type: 'text', value: value.type === 'glob' ? value : textValue(value.text) }
}

interface Fault {
  readonly message: string
  /** The value at fault, of several; -1 where it is the operator. */
  readonly part?: number
}

function check(fault: Fault | undefined, positionOf: (part: number | undefined) => number): void {
  if (fault !== undefined) throw badQuery(fault.message, positionOf(fault.part))
}

function badQuery(message: string, position: number): WaybillError {
  return new WaybillError('BAD_QUERY', message, { position })
}

function children(node: SyntaxNode): readonly SyntaxNode[] {
  const all: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) all.push(child)
  return all
}

function lastChild(node: SyntaxNode): SyntaxNode {
  return node.lastChild ?? node
}

function source(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to)
}
