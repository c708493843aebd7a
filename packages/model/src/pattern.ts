/** A name, a name with `*` for any run of characters, or an expression. */
export type Pattern = string | RegExp

/**
 * A test for names that match a pattern, the whole name and its case included: `reports.*` matches
 * `reports.42` and not `old.reports.42`.
 */
export function matcherOf(pattern: Pattern): (name: string) => boolean {
  if (typeof pattern !== 'string') {
    const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    return name => expression.test(name)
  }
  if (!pattern.includes('*')) return name => name === pattern
  const source = pattern.split('*').map(escapeText).join('.*')
  const expression = new RegExp(`^${source}$`, 's')
  return name => expression.test(name)
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
