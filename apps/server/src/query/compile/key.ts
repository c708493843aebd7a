import { parseSpanId, parseTraceId, WaybillError } from '@waybill/model'
import type { ShortKey } from '@waybill/query-language'
import { keyTarget, shortKeys } from '@waybill/query-language'
import { onDaysOf } from '../time-range.ts'
import { compileAttribute } from './attribute.ts'
import { deadLetterOrigin, isDeadLetter } from './dead-letter.ts'
import type { Scope } from './scope.ts'
import { all, any } from './scope.ts'
import type { KeyQuery } from './value.ts'
import { compareNumber, compareText } from './value.ts'

/** Keys that are a text column of both tables. */
const textColumns = {
  service: 'service',
  name: 'name',
  message: 'status_message',
  system: 'system',
  destination: 'destination',
  group: 'consumer_group',
  client: 'client_id',
  cluster: 'cluster_id',
  op: 'operation',
  key: 'message_key',
  msgid: 'message_id',
  rk: 'routing_key',
} as const satisfies Partial<Record<ShortKey, string>>

/** The column whose texts a key is compared with; undefined where it is none, or another type of value. */
export function textColumnOf(key: ShortKey): string | undefined {
  if (key in textColumns) return textColumns[key as keyof typeof textColumns]
  if (key === 'topic' || key === 'queue' || key === 'exchange' || key === 'dlq') return 'destination'
  return key === 'partition' ? 'partition_id' : key === 'event' ? 'arrayJoin(events.name)' : undefined
}

/** Keys that are a number column, and the smallest value that says anything. */
const numberColumns = {
  dur: { column: 'duration', least: undefined },
  offset: { column: 'message_offset', least: 0 },
  size: { column: 'body_size', least: 1 },
  batch: { column: 'batch_size', least: 1 },
  attempts: { column: 'attempt', least: 1 },
} as const satisfies Partial<Record<ShortKey, { column: string; least: number | undefined }>>

/** SQL of a condition on a key; `wait` and `e2e` aside, which compile/message.ts knows. */
export function compileKey(query: KeyQuery, scope: Scope): string {
  const target = keyTarget(query.key)
  if (target.type === 'attribute') {
    if (target.name === 'service.name' && (target.of === 'any' || target.of === 'resource'))
      return compareText('service', query, scope.bind)
    return compileAttribute(query, target.name, target.of, scope)
  }
  return compileShort(target.key, query, scope)
}

function compileShort(key: ShortKey, query: KeyQuery, scope: Scope): string {
  const { bind } = scope
  if (key in textColumns) return compareText(textColumns[key as keyof typeof textColumns], query, bind)
  if (key in numberColumns) {
    const { column, least } = numberColumns[key as keyof typeof numberColumns]
    const said = least === undefined ? [] : [`${column} >= ${least}`]
    return query.type === 'has' ? all(said) : all([...said, compareNumber(column, query, bind)])
  }
  switch (key) {
    case 'kind':
      return compareChoice('kind', 'kind', query, scope)
    case 'status':
      return compareChoice('status', 'status_code', query, scope)
    case 'trace':
      return compareId('trace_id', 16, query, scope)
    case 'span':
      return compareId('span_id', 8, query, scope)
    case 'partition':
      return comparePartition(query, scope)
    case 'topic':
      return all([compareText('destination', query, bind), "system != 'rabbitmq'"])
    case 'queue':
      return all([compareDestinationPart('queue', query, scope), "system != 'kafka'"])
    case 'exchange':
      return all([compareDestinationPart('exchange', query, scope), "system != 'kafka'"])
    case 'dlq':
      return all([
        isDeadLetter,
        any(['destination', deadLetterOrigin].map(name => compareText(name, query, bind))),
      ])
    case 'event':
      return compareEvent(query, scope)
    case 'trace.dur':
      return compareTraceDuration(query, scope)
    default:
      throw new WaybillError('BAD_QUERY', `"${key}" cannot stand here`)
  }
}

/** `kind` and `status` are stored as the numbers that OTLP gives them, their places in the list of choices. */
function compareChoice(key: 'kind' | 'status', column: string, query: KeyQuery, { bind }: Scope): string {
  const { choices } = shortKeys[key]
  const number = (name: string) => {
    const place = (choices as readonly string[]).indexOf(name)
    if (place === -1)
      throw new WaybillError('BAD_QUERY', `Expected one of ${choices.join(', ')} for "${key}"`)
    return place
  }
  if (query.type === 'has') return `${column} != 0`
  if (query.type === 'in')
    return any(query.values.map(value => `${column} = ${bind(number(value.text), 'UInt8')}`))
  if (query.type === 'range') throw new WaybillError('BAD_QUERY', `"${key}" has no order`)
  const placeholder = bind(number(query.value.text), 'UInt8')
  return query.operator === '!=' ? `${column} != ${placeholder}` : `${column} = ${placeholder}`
}

function compareId(column: 'trace_id' | 'span_id', bytes: 8 | 16, query: KeyQuery, { bind }: Scope): string {
  if (query.type === 'has') return 'true'
  const parse = bytes === 16 ? parseTraceId : parseSpanId
  const one = (text: string) => {
    const id = parse(text)
    if (id === undefined) throw new WaybillError('BAD_QUERY', `"${text}" is no id of ${bytes * 2} hex digits`)
    return bind(id, `FixedString(${bytes})`)
  }
  if (query.type === 'in') return `${column} IN (${query.values.map(value => one(value.text)).join(', ')})`
  if (query.type === 'range') throw new WaybillError('BAD_QUERY', 'Ids have no order')
  return `${column} ${query.operator === '!=' ? '!=' : '='} ${one(query.value.text)}`
}

/** A partition is a text that is mostly a number: equal as a text, in order as a number. */
function comparePartition(query: KeyQuery, { bind }: Scope): string {
  const ordered = query.type === 'range' || (query.type === 'compare' && /[<>]/.test(query.operator))
  if (!ordered) return compareText('partition_id', query, bind)
  return `ifNull(${compareNumber('toInt64OrNull(partition_id)', query, bind)}, false)`
}

/**
 * Consumers of RabbitMQ name their destination `exchange:routing key:queue`, producers `exchange:routing key`
 * (semantic conventions 1.44, rabbitmq.md): the queue is the last part, the exchange the first.
 */
function compareDestinationPart(part: 'queue' | 'exchange', query: KeyQuery, { bind }: Scope): string {
  const separated = "splitByChar(':', CAST(destination, 'String'))"
  const piece = `${separated}[${part === 'queue' ? -1 : 1}]`
  return any([compareText('destination', query, bind), compareText(piece, query, bind)])
}

function compareEvent(query: KeyQuery, { bind }: Scope): string {
  if (query.type === 'has') return 'notEmpty(events.name)'
  if (query.type === 'compare' && query.operator === '=' && query.value.type !== 'glob')
    return `has(events.name, ${bind(query.value.text, 'String')})`
  return `arrayExists(event -> ${compareText('event', query, bind)}, events.name)`
}

/** `traces` may hold a trace in several rows, and in one for each day. */
function compareTraceDuration(query: KeyQuery, scope: Scope): string {
  if (query.type === 'has') return 'true'
  const { bind } = scope
  const nano = 'toUnixTimestamp64Nano(max(end)) - toUnixTimestamp64Nano(min(start))'
  const condition = compareNumber(`(${nano})`, query, bind)
  return `trace_id IN (SELECT trace_id FROM traces WHERE ${onDaysOf(scope.whole, bind)} GROUP BY trace_id HAVING ${condition})`
}
