import type { Tree } from '@lezer/common'

/** The first place where a text stops being a query. */
export interface SyntaxFault {
  readonly message: string
  readonly position: number
}

/**
 * Finds the first place where the parser had to recover, and says what belongs there.
 *
 * @returns undefined where the text is a query.
 */
export function syntaxError(tree: Tree, text: string): SyntaxFault | undefined {
  let position: number | undefined
  tree.iterate({
    enter: node => {
      if (node.type.isError && (position === undefined || node.from < position)) position = node.from
    },
  })
  return position === undefined ? undefined : faultAt(text, position)
}

function faultAt(text: string, at: number): SyntaxFault {
  const position = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0)
  const before = text.slice(0, at).trimEnd()
  const char = text.charAt(position)
  if (char === '"') return { position, message: 'This quote is never closed: expected another "' }
  const wanted = expectationAfter(before)
  if (char === '') return { position: text.length, message: `Expected ${wanted}, but the query ends here` }
  if (char === ')' || char === '}') return { position, message: closingMessage(before, char, wanted) }
  if (/[:=<>~!]/.test(char)) return { position, message: `Expected ${wanted} before "${char}"` }
  return { position, message: `Expected ${wanted} here` }
}

function closingMessage(before: string, char: ')' | '}', wanted: string): string {
  const opening = char === ')' ? '(' : '{'
  const open = openBrackets(before).some(bracket => bracket.endsWith(opening))
  return open ? `Expected ${wanted} before "${char}"` : `There is no "${opening}" that this "${char}" closes`
}

/** What may follow a text that was read without fault. */
function expectationAfter(before: string): string {
  if (before === '') return 'a term such as service:shop'
  if (/[}]\s*(>>?|~>|=>)$/.test(before)) return 'a query in braces, {…}'
  if (/(^|[^\\])[:=<>~]$/.test(before)) return 'a value'
  if (/(^|\s)in\s*\($/i.test(before)) return 'a value'
  if (/,$/.test(before) && openBrackets(before).at(-1) === 'in(') return 'a value'
  if (/(^|[\s({])(and|or|not|-)$/i.test(before) || /[({-]$/.test(before)) return 'a term such as service:shop'
  const open = openBrackets(before).at(-1)
  if (open === 'in(') return 'a comma or ")"'
  if (open === '(') return '")"'
  if (open === '{') return '"}"'
  return 'another term'
}

/** Brackets that a text opens and does not close; `in(` is the bracket of a list. */
function openBrackets(text: string): readonly string[] {
  const open: string[] = []
  const pieces = /"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|\bin\s*\(|[(){}]/gi
  for (const [piece] of text.matchAll(pieces)) {
    if (/^in/i.test(piece)) open.push('in(')
    else if (piece === '(' || piece === '{') open.push(piece)
    else if (piece === ')' || piece === '}') open.pop()
  }
  return open
}
