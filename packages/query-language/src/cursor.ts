import type { SyntaxNode } from '@lezer/common'
import { WaybillError } from '@waybill/model'
import { every } from './build.ts'
import { parseQuery } from './parse.ts'
import { parser } from './parser.generated.ts'
import type { Query } from './query.ts'
import { unescapePlain, unescapeQuoted } from './values.ts'

/** What is being written at a place of a query's text. */
export interface CursorPlace {
  /** A key (or a word), or the value of `key`; `is` and `has` are keys here. */
  readonly kind: 'key' | 'value'
  readonly key: string
  /** What stands before the cursor of the key or value, its quotes and backslashes read. */
  readonly typed: string
  /** Range of the text that a completion replaces. */
  readonly from: number
  readonly to: number
  /** The query without the term at the cursor: what the completion is for. */
  readonly rest: Query
}

/**
 * Finds what is being written at offset `at`. Works on texts that are no query yet; then `rest` is the query
 * that holds for every span.
 */
export function cursorPlace(text: string, at: number): CursorPlace {
  const tree = parser.parse(text)
  const node = beforeCursor(tree.topNode, at)
  const comparison = ancestor(node, 'Comparison')
  const key = comparison?.getChild('Key')
  const rest = restOf(text, comparison ?? ancestor(node, 'Text'))
  if (node !== null && comparison !== null && key && at > key.to) {
    const written = /^(Value|ListValue|Quoted)$/.test(node.name) ? node : null
    const typed = written === null ? '' : readTyped(text.slice(written.from, at))
    const place = { from: written?.from ?? at, to: written === null ? at : Math.max(at, written.to) }
    return { kind: 'value', key: unescapePlain(text.slice(key.from, key.to)), typed, ...place, rest }
  }
  const unclosed = unclosedValue(text, at)
  if (unclosed !== undefined) return { kind: 'value', ...unclosed, rest: every }
  const word = node?.name === 'Word' && at <= node.to ? node : null
  const from = word?.from ?? at
  return { kind: 'key', key: '', typed: unescapePlain(text.slice(from, at)), from, to: word?.to ?? at, rest }
}

/** The innermost piece of the text that ends at the cursor or holds it; errors of the parser are passed over. */
function beforeCursor(top: SyntaxNode, at: number): SyntaxNode | null {
  let node: SyntaxNode | null = top.resolveInner(at, -1)
  while (node?.type.isError) node = node.prevSibling ?? node.parent
  return node
}

/** A value whose quote is still open: `name:"POST /or`. */
function unclosedValue(
  text: string,
  at: number,
): Pick<CursorPlace, 'key' | 'typed' | 'from' | 'to'> | undefined {
  const match = /([^\s(){}",:=<>~!]+)\s*(?:[:=~]|[!<>]=?)\s*("(?:[^"\\]|\\.)*)$/.exec(text.slice(0, at))
  const [, key, written] = match ?? []
  if (key === undefined || written === undefined) return undefined
  return { key, typed: unescapeQuoted(written.slice(1)), from: at - written.length, to: at }
}

function readTyped(written: string): string {
  if (!written.startsWith('"')) return unescapePlain(written)
  return unescapeQuoted(written.slice(1).replace(/(?<!\\)"$/, ''))
}

/** The query with the term replaced by one that always holds. */
function restOf(text: string, term: SyntaxNode | null): Query {
  const parent = term?.parent?.name === 'Not' ? term.parent : term
  const rest = parent === null ? text : `${text.slice(0, parent.from)}*${text.slice(parent.to)}`
  try {
    return parseQuery(rest)
  } catch (error) {
    if (error instanceof WaybillError) return every
    throw error
  }
}

function ancestor(node: SyntaxNode | null, name: string): SyntaxNode | null {
  for (let at = node; at !== null; at = at.parent) if (at.name === name) return at
  return null
}
