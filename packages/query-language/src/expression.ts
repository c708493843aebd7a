const longestExpression = 500

/**
 * What is wrong with a regular expression. The engine's RE2 takes time linear in the text whatever the expression;
 * what it does not know of JavaScript's expressions is named here, where a reader can do something about it.
 *
 * @returns the end of a sentence that begins with the expression; undefined where all is well.
 */
export function expressionFault(expression: string): string | undefined {
  if (expression.length > longestExpression) return `is longer than ${longestExpression} characters`
  if (/\(\?(?:[=!]|<[=!])/.test(expression)) return 'looks ahead or behind, which is not supported'
  if (/(?:^|[^\\])(?:\\\\)*\\(?:[1-9]|k<)/.test(expression)) return 'refers back, which is not supported'
  const strange = strangeEscape(expression)
  if (strange !== undefined) return `has an escape that is not known, ${strange}`
  if (/\{\d{4,}|\{\d+,\d{4,}/.test(expression)) return 'repeats more than 999 times'
  try {
    new RegExp(expression.replace(/^\(\?[imsU]+\)/, ''))
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
  return undefined
}

/** RE2 knows these letters behind a backslash; JavaScript takes any other as the letter itself. */
function strangeEscape(expression: string): string | undefined {
  return expression
    .match(/\\[\s\S]/g)
    ?.find(pair => /\\[a-zA-Z]/.test(pair) && !/[abdfnprstvwxzABCDEPQSW]$/.test(pair))
}

/** A regular expression as it stands in a message. */
export function nameOfExpression(expression: string): string {
  return `The regular expression ${JSON.stringify(expression.slice(0, 80))}`
}
