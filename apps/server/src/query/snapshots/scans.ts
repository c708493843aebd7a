/*
 * Reads SQL that the compiler wrote, for tests: which tables are scanned, and under which conditions.
 */

/** One table that a statement reads, with the conditions that all of its rows must meet. */
export interface Scan {
  readonly table: string
  readonly conditions: readonly string[]
}

const tables = 'spans|messages|links|traces|resources|scopes'

/** Every scan of a stored table in a statement, those of selections inside of it, too. */
export function scansOf(sql: string): readonly Scan[] {
  return [...sql.matchAll(new RegExp(`\\bFROM (${tables})\\b`, 'g'))].map(match => ({
    table: match[1] ?? '',
    conditions: conditionsAfter(sql.slice(match.index + match[0].length)),
  }))
}

/** The terms of the WHERE that a text begins with, split at each AND that stands in no bracket. */
function conditionsAfter(text: string): readonly string[] {
  if (!text.startsWith(' WHERE ')) return []
  const conditions: string[] = []
  let depth = 0
  let from = ' WHERE '.length
  let at = from
  for (const { 0: piece, index } of text.matchAll(
    /'(?:[^'\\]|\\.)*'|[()]| (?:AND|OR|GROUP BY|ORDER BY|LIMIT) /g,
  )) {
    at = index
    if (piece === '(') depth++
    else if (piece === ')') depth--
    if (depth < 0 || (depth === 0 && / (?:GROUP BY|ORDER BY|LIMIT) /.test(piece))) break
    if (depth === 0 && piece === ' OR ') return []
    if (depth === 0 && piece === ' AND ') {
      conditions.push(text.slice(from, index))
      from = index + piece.length
    }
    at = text.length
  }
  return [...conditions, text.slice(from, at)]
}

const time = String.raw`\{p\d+:DateTime64\(9, 'UTC'\)\}`
const day = String.raw`\{p\d+:Date\}`
/** From a time, and until another; a selected time is cut to a bound one. */
const from = new RegExp(`^start >= (?:${time}$|greatest\\(.*, ${time}\\)$)`, 's')
const until = new RegExp(`^start <=? (?:${time}$|least\\(.*, ${time}\\)$)`, 's')
const days = new RegExp(`^\\(day >= ${day} AND day <= ${day} OR day = ${day}\\)$`)
const seen = new RegExp(`^last_seen >= ${time}$`)

/** Bound times bound what a scan reads. */
export function isBounded({ table, conditions }: Scan): boolean {
  const some = (pattern: RegExp) => conditions.some(condition => pattern.test(condition))
  if (table === 'traces') return some(days)
  return table === 'resources' ? some(seen) : some(from) && some(until)
}
