import type { MessageFacts, MessageSegment } from '@waybill/model'
import { formatDuration } from '@waybill/model'
import { compare } from '@waybill/query-language'
import { systemName } from '../row-text.ts'
import type { Fact } from './facts.tsx'

/** What is known of a message, as facts that can be asked for. */
export function messageFacts(facts: MessageFacts): readonly Fact[] {
  const coordinates = [facts.partition, facts.offset].filter(part => part !== undefined).join(', ')
  return [
    fact('system', systemName(facts.system), 'system', facts.system),
    fact('destination', facts.destination, 'destination', facts.destination),
    ...(coordinates === '' ? [] : [coordinateFact(facts, coordinates)]),
    fact('group', facts.consumerGroup, 'group', facts.consumerGroup),
    fact('message id', facts.messageId, 'msgid', facts.messageId),
    fact('key', facts.key, 'key', facts.key),
    fact('attempt', facts.attempt?.toString()),
    fact('batch', facts.batchSize === undefined ? undefined : `${facts.batchSize} messages`),
    fact(
      'size',
      facts.bodySizeBytes === undefined ? undefined : `${facts.bodySizeBytes.toLocaleString('en')} bytes`,
    ),
    fact('client', facts.clientId, 'client', facts.clientId),
  ].filter(item => item.value !== '')
}

/** How long a message waited, and how its two ends were found to belong together. */
export function tieFacts(segment: MessageSegment): readonly Fact[] {
  const backward = segment.waitedNano < 0
  return [
    { name: 'waited', value: formatDuration(segment.waitedNano), failed: backward },
    ...(backward
      ? [{ name: 'clocks', value: 'received before it was sent: the clocks of the two hosts disagree' }]
      : []),
    { name: 'tied by', value: segment.tie },
  ]
}

function fact(name: string, value: string | undefined, key?: string, asked?: string): Fact {
  if (value === undefined || value === '') return { name, value: '' }
  return key === undefined || asked === undefined
    ? { name, value }
    : { name, value, query: compare(key, '=', asked) }
}

function coordinateFact(facts: MessageFacts, value: string): Fact {
  const name =
    facts.offset === undefined ? 'partition' : facts.partition === undefined ? 'offset' : 'partition, offset'
  if (facts.offset === undefined) return { name, value }
  return { name, value, query: compare('offset', '=', facts.offset) }
}
