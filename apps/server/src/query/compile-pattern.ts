import { WaybillError } from '@waybill/model'
import type { GlobValue } from '@waybill/query-language'
import { globParts } from '@waybill/query-language'

const longestExpression = 500

/** A glob as a pattern of SQL's LIKE: `%` for the stars, everything else as it stands. */
export function likePattern(glob: GlobValue): string {
  return globParts(glob).map(escapeLike).join('%')
}

/** A LIKE pattern for texts that contain `text`. */
export function containsPattern(text: string): string {
  return `%${escapeLike(text)}%`
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

/**
 * Checks a regular expression before it is bound. ClickHouse's RE2 takes time linear in the text whatever the
 * expression; what it does not know of JavaScript's expressions is named here, where the reader of the message
 * can do something about it.
 *
 * @throws WaybillError BAD_QUERY
 */
export function checkedExpression(expression: string): string {
  const wrong = (message: string) =>
    new WaybillError(
      'BAD_QUERY',
      `The regular expression ${JSON.stringify(expression.slice(0, 80))} ${message}`,
    )
  if (expression.length > longestExpression) throw wrong(`is longer than ${longestExpression} characters`)
  if (/\(\?(?:[=!]|<[=!])/.test(expression)) throw wrong('looks ahead or behind, which is not supported')
  if (/(?:^|[^\\])(?:\\\\)*\\(?:[1-9]|k<)/.test(expression))
    throw wrong('refers back, which is not supported')
  if (/\{\d{4,}|\{\d+,\d{4,}/.test(expression)) throw wrong('repeats more than 999 times')
  try {
    new RegExp(expression.replace(/^\(\?[imsU]+\)/, ''))
  } catch (error) {
    throw wrong(`cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return expression
}
