import { z } from 'zod'
import type { DependenciesRequest } from '../query/dependencies/dependencies.ts'
import { bad, check, once, readRange } from './parameters.ts'

const schema = z.object({ start: once, end: once, last: once, between: once })

/**
 * Reads what `dependencies` takes (DependenciesParameters of the API).
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER with the name of the parameter.
 */
export function readDependencies(query: unknown, now: number): DependenciesRequest {
  const { between = 'services', ...range } = check(schema, query)
  if (between !== 'services' && between !== 'peers')
    throw bad('between', 'must be services or peers', between)
  return { range: readRange(range, now), between }
}
