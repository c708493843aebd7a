import { parseDuration } from '@waybill/model'
import { z } from 'zod'
import type { FlowRequest } from '../query/counts/flow.ts'
import type { RedRequest } from '../query/counts/red.ts'
import type { WaitsRequest } from '../query/counts/waits.ts'
import { bad, check, once, readKind, readRange } from './parameters.ts'

const rangeSchema = z.object({ start: once, end: once, last: once, step: once })
const redSchema = rangeSchema.extend({ service: once, operation: once, kind: once, by: once })
const flowSchema = rangeSchema.extend({ system: once, destination: once, service: once, group: once })
const waitsSchema = z.object({ start: once, end: once, last: once, destination: once })

const minuteNano = 60e9

/**
 * Reads what `red` takes (RedParameters of the API).
 *
 * @param now milliseconds since 1970.
 * @throws WaybillError BAD_PARAMETER with the name of the parameter.
 */
export function readRed(query: unknown, now: number): RedRequest {
  const { kind, by, service, operation, step, ...range } = check(redSchema, query)
  if (by && by !== 'service' && by !== 'operation') throw bad('by', 'must be service or operation', by)
  const known = readKind(kind)
  return {
    range: readRange(range, now),
    ...readStep(step),
    ...present({ service, operation }),
    ...(known === undefined ? {} : { kind: known }),
    ...(by === 'service' || by === 'operation' ? { by } : {}),
  }
}

/** Reads what `flow` takes (FlowParameters of the API). Throws as {@link readRed} does. */
export function readFlow(query: unknown, now: number): FlowRequest {
  const { step, system, destination, service, group, ...range } = check(flowSchema, query)
  return {
    range: readRange(range, now),
    ...readStep(step),
    ...present({ system, destination, service, group }),
  }
}

/** Reads what `waits` takes (WaitsParameters of the API). Throws as {@link readRed} does. */
export function readWaits(query: unknown, now: number): WaitsRequest {
  const { destination, ...range } = check(waitsSchema, query)
  if (!destination) throw bad('destination', 'must name a topic or a queue', destination ?? '')
  return { range: readRange(range, now), destination }
}

function readStep(step: string | undefined): { readonly stepMs?: number } {
  if (!step) return {}
  const nano = parseDuration(step)
  if (nano === undefined || nano < minuteNano || nano % minuteNano !== 0)
    throw bad('step', 'must be a duration of whole minutes, such as 1m, 5m or 1h', step)
  return { stepMs: nano / 1e6 }
}

/** Parameters that were given: an empty text is one, since services may have no name. */
function present<Names extends string>(
  values: Readonly<Record<Names, string | undefined>>,
): Readonly<Partial<Record<Names, string>>> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as Partial<Record<Names, string>>
}
