import type { Parameters } from '../../store/engine.ts'
import type { Statement } from '../compile/compile.ts'

/*
 * SQL as people read it, for the snapshots of what queries compile to: clauses and conditions begin lines, a
 * selection inside another is indented, long lines are cut. Only spaces become line ends, and only outside of
 * literals, so that it remains the same statement.
 */

const widest = 110

const clauses =
  /^(?:FROM|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|INNER JOIN|ARRAY JOIN|UNION ALL|SETTINGS|AND|OR)\b/
const piece = /'(?:[^'\\]|\\.)*'|\(|\)|\s+|[^\s'()]+/g

/** Lays one statement out. */
export function layOut(sql: string): string {
  const pieces = sql.match(piece) ?? []
  /** For every open bracket, whether it holds a selection. */
  const open: boolean[] = []
  let text = ''
  let isBetween = false
  for (const [i, one] of pieces.entries()) {
    const isInside = open.at(-1) === false
    const isSelection = /^(?:SELECT|WITH)$/.test(pieces[i + 1] ?? '')
    if (one === '(') {
      open.push(isSelection)
      text += isSelection ? `(${newLine(open)}` : '('
    } else if (one === ')') {
      text += open.pop() === true ? `${newLine(open)})` : ')'
    } else if (/^\s/.test(one)) {
      const next = pieces.slice(i + 1, i + 4).join('')
      const isSecondOfBetween = isBetween && next.startsWith('AND')
      if (isSecondOfBetween) isBetween = false
      const breaks = !isInside && !isSecondOfBetween && (clauses.test(next) || one.includes('\n'))
      const isFull = lengthOfLastLine(text) + next.length > widest
      if (breaks) text += newLine(open) + (/^(?:AND|OR)\b/.test(next) ? '  ' : '')
      else text += isFull ? `${newLine(open)}    ` : ' '
    } else {
      if (one === 'BETWEEN') isBetween = true
      text += one
    }
  }
  return text
}

function lengthOfLastLine(text: string): number {
  return text.length - text.lastIndexOf('\n') - 1
}

function newLine(open: readonly boolean[]): string {
  return `\n${'  '.repeat(open.filter(isSelection => isSelection).length)}`
}

/** A statement with its values, one below the other: `-- p0 = "shop"`. */
export function writeStatement({ sql, parameters }: Statement): string {
  const values = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `-- ${name} = ${JSON.stringify(value)}`)
  return [layOut(sql), ...values].join('\n')
}

/** Reads back what {@link writeStatement} wrote, of several statements after one another. */
export function readStatements(text: string): readonly Statement[] {
  return text.split(/^(?=(?:EXPLAIN|SELECT|WITH)\b)/m).flatMap(part => {
    const lines = part.split('\n').filter(line => line !== '')
    const sql = lines.filter(line => !line.startsWith('--')).join('\n')
    const values = lines.flatMap(line => {
      const [, name, json] = /^-- (\w+) = (.*)$/.exec(line) ?? []
      return name === undefined || json === undefined ? [] : [[name, JSON.parse(json)] as const]
    })
    return sql === '' ? [] : [{ sql, parameters: Object.fromEntries(values) as Parameters }]
  })
}
