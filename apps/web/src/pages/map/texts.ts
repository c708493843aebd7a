import { formatDuration } from '@waybill/model'
import { compare, formatQuery } from '@waybill/query-language'
import { count } from '../../ui/times.ts'
import { systemName } from '../trace/row-text.ts'
import type { MapNode, MapTie, ServiceMap } from './model.ts'

/** How often something happens: `412/s`, `38/min`; below one a minute how many it were: `×3`. */
export function rateText(number: number, seconds: number): string {
  const perSecond = number / seconds
  if (perSecond >= 1) return `${short(perSecond)}/s`
  if (perSecond * 60 >= 1) return `${short(perSecond * 60)}/min`
  return `×${number.toLocaleString('en')}`
}

function short(number: number): string {
  return (number >= 10 ? Math.round(number) : Number(number.toPrecision(2))).toLocaleString('en')
}

/** `1.8 % fail`; nothing where none does. */
export function failText(errors: number | undefined, all: number): string | undefined {
  if (errors === undefined || errors === 0 || all === 0) return undefined
  const percent = (errors / all) * 100
  if (percent < 0.1) return '< 0.1 % fail'
  return `${percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2))} % fail`
}

/** How long messages waited. Below 0 is who received before the send began: by the clocks of two hosts. */
export function waitedText(p95Nano: number): string {
  if (p95Nano < 0) return 'clocks disagree'
  return p95Nano === 0 ? 'did not wait' : `waited p95 ${formatDuration(p95Nano)}`
}

/** The line below a node's name. */
export function noteOf(node: MapNode, map: ServiceMap): string {
  const { seconds } = map
  if (node.kind === 'service') {
    if (node.handled === 0) return startsNote(node.id, map)
    const fails = failText(node.errors, node.handled)
    const p95 = node.p95Nano === undefined ? '' : `p95 ${formatDuration(node.p95Nano)}`
    return [rateText(node.handled, seconds), fails ?? p95].filter(Boolean).join(' · ')
  }
  if (node.received === 0 && !map.ties.some(tie => tie.from === node.id))
    return `${rateText(node.sent, seconds)} · nobody reads`
  if (node.p95Nano !== undefined) return waitedText(node.p95Nano)
  return `${rateText(Math.max(node.sent, node.received), seconds)}${node.sent === 0 ? ' · sender unknown' : ''}`
}

/** Of a service without spans of a server or consumer: how often it is called, or starts what the map shows. */
function startsNote(id: string, map: ServiceMap): string {
  const sum = (end: 'from' | 'to') =>
    map.ties.filter(tie => tie[end] === id).reduce((all, tie) => all + tie.count, 0)
  if (sum('to') > 0) return rateText(sum('to'), map.seconds)
  return sum('from') === 0 ? 'no calls' : `starts ${rateText(sum('from'), map.seconds)}`
}

/** What stands at a line: how often, how many fail, and how long messages waited where there are several groups. */
export function tieLabel(tie: MapTie, map: ServiceMap): readonly string[] {
  const fails = failText(tie.errors, tie.count)
  const first = [rateText(tie.count, map.seconds), fails].filter(Boolean).join(' · ')
  const several = map.ties.filter(other => other.kind === 'receive' && other.from === tie.from).length > 1
  const waited = tie.kind === 'receive' && several && tie.p95Nano !== undefined
  return waited ? [first, waitedText(tie.p95Nano ?? 0)] : [first]
}

const nouns = {
  call: 'call',
  send: 'message',
  receive: 'message',
  route: 'message',
  message: 'message',
} as const

/** All that a tie says, in lines. */
export function tieFacts(tie: MapTie): readonly string[] {
  return [
    count(tie.count, nouns[tie.kind]),
    ...(tie.errors ? [failedFact(tie.errors)] : []),
    ...(tie.groups ? [`${tie.groups.length > 1 ? 'groups' : 'group'} ${tie.groups.join(', ')}`] : []),
    ...(tie.p95Nano === undefined ? [] : [waitedText(tie.p95Nano)]),
  ]
}

/** How many failed, as {@link tieFacts} says it. */
export function failedFact(errors: number): string {
  return `${errors.toLocaleString('en')} failed`
}

/** What a node is, for those who listen: `topic orders of Kafka`. */
export function kindText(node: MapNode): string {
  if (node.kind === 'service') return 'service'
  const system = systemName(node.system)
  return node.system === 'kafka'
    ? 'topic of Kafka'
    : system === ''
      ? 'destination'
      : `destination of ${system}`
}

/** The query that finds what a node took part in. */
export function queryOf(node: MapNode): string {
  return formatQuery(compare(node.kind === 'service' ? 'service' : 'destination', '=', node.name))
}
