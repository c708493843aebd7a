import { WaybillError } from '@waybill/model'
import type { GlobValue } from '@waybill/query-language'
import { expressionFault, globParts, nameOfExpression } from '@waybill/query-language'

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
 * Checks a regular expression before it is bound.
 *
 * @throws WaybillError BAD_QUERY
 */
export function checkedExpression(expression: string): string {
  const fault = expressionFault(expression)
  if (fault !== undefined) throw new WaybillError('BAD_QUERY', `${nameOfExpression(expression)} ${fault}`)
  return expression
}
