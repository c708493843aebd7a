import { parseSpanId, parseTraceId } from '@waybill/model'
import type { TextQuery } from '@waybill/query-language'
import type { Bind } from './bind.ts'
import { containsPattern, likePattern } from './pattern.ts'
import { any } from './scope.ts'

const columns = ['name', 'service', 'status_message', 'destination', 'message_id', 'message_key']

/** SQL that finds a text anywhere in a span, whatever its case; one that is an id finds the span or trace too. */
export function compileFreeText({ value }: TextQuery, bind: Bind): string {
  const pattern = bind(
    value.type === 'glob' ? `%${likePattern(value)}%` : containsPattern(value.text),
    'String',
  )
  return any([
    ...columns.map(column => `${column} ILIKE ${pattern}`),
    `arrayExists(value -> value ILIKE ${pattern}, mapValues(attributes))`,
    `arrayExists(name -> name ILIKE ${pattern}, events.name)`,
    `arrayExists(attributes -> arrayExists(value -> value ILIKE ${pattern}, mapValues(attributes)), events.attributes)`,
    ...(value.type === 'text' ? byId(value.text, bind) : []),
  ])
}

function byId(text: string, bind: Bind): readonly string[] {
  const traceId = /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(text) ? parseTraceId(text) : undefined
  const spanId = text.length === 16 ? parseSpanId(text) : undefined
  return [
    ...(traceId === undefined ? [] : [`trace_id = ${bind(traceId, 'FixedString(16)')}`]),
    ...(spanId === undefined ? [] : [`span_id = ${bind(spanId, 'FixedString(8)')}`]),
  ]
}
