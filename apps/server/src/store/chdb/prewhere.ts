/** What ends a condition at its own level, beside a closing bracket. */
const clause = /\b(?:WHERE|GROUP|HAVING|ORDER|LIMIT|SETTINGS|UNION)\b/y

/**
 * A statement whose `PREWHERE a WHERE b` is `WHERE (a) AND (b)`, for what is selected from a subquery: only
 * tables can be read in two steps. The rows are the same.
 */
export function withoutPrewhere(sql: string): string {
  const at = sql.search(/\bPREWHERE\b/)
  if (at < 0) return sql
  const first = conditionAt(sql, at + 'PREWHERE'.length)
  const hasSecond = sql.startsWith('WHERE', first.end)
  const second = hasSecond ? conditionAt(sql, first.end + 'WHERE'.length) : undefined
  const both = second === undefined ? first.text : `(${first.text}) AND (${second.text})`
  return `${sql.slice(0, at)}WHERE ${both} ${withoutPrewhere(sql.slice(second?.end ?? first.end))}`
}

/** The condition that begins somewhere, as far as the next clause, the bracket around it, or the end. */
function conditionAt(sql: string, start: number): { readonly text: string; readonly end: number } {
  let depth = 0
  let at = start
  for (; at < sql.length; at++) {
    const character = sql[at]
    if (character === "'") at = endOfText(sql, at)
    else if (character === '(') depth++
    else if (character === ')' && depth-- === 0) break
    else if (depth === 0 && isClause(sql, at)) break
  }
  return { text: sql.slice(start, at).trim(), end: at }
}

function isClause(sql: string, at: number): boolean {
  clause.lastIndex = at
  return clause.test(sql)
}

/** Where a text in quotes ends. */
function endOfText(sql: string, start: number): number {
  let at = start + 1
  while (at < sql.length && sql[at] !== "'") at += sql[at] === '\\' ? 2 : 1
  return at
}
