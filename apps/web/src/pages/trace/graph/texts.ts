import type { MessageSegment } from '@waybill/model'
import { formatCoordinates, formatDuration } from '@waybill/model'
import { count } from '../../../ui/times.ts'
import type { Row } from '../model.ts'
import { systemName, waitText } from '../row-text.ts'
import type { MergedNode } from './merge.ts'
import type { DestinationPart } from './part.ts'

/** What a node of spans says: its name, how many they are, how long they took, how many failed. */
export interface SpanText {
  readonly name: string
  /** `×10`, or nothing for one span. */
  readonly times: string
  readonly duration: string
  readonly failed: number
  /** All of it as lines. */
  readonly lines: readonly string[]
}

/** The text of a node of kind `span` or `rest`. */
export function spanText(rows: readonly Row[], node: MergedNode): SpanText {
  if (node.kind === 'rest') {
    const name = `${count(node.spanCount, 'more span')}`
    return { name, times: '', duration: '', failed: 0, lines: ['in the timeline'] }
  }
  let shortest = Number.POSITIVE_INFINITY
  let longest = 0
  let failed = 0
  let name = ''
  for (const index of node.rows) {
    const row = rows[index]
    if (row?.kind !== 'span') continue
    name ||= row.span.name || 'unnamed'
    if (row.span.status.code === 'error') failed++
    shortest = Math.min(shortest, row.endNano - row.startNano)
    longest = Math.max(longest, row.endNano - row.startNano)
  }
  const many = node.rows.length > 1
  const [least, most] = [formatDuration(shortest), formatDuration(longest)]
  const took = least === most ? most : `${least} to ${most}`
  const failure = many ? [`${failed.toLocaleString('en')} of them failed`] : ['failed']
  return {
    name,
    times: many ? `×${node.rows.length.toLocaleString('en')}` : '',
    duration: least === most ? most : `≤ ${most}`,
    failed,
    lines: [many ? `${count(node.rows.length, 'span')}, ${took}` : took, ...(failed > 0 ? failure : [])],
  }
}

/** The two lines on a destination. */
export function destinationText(part: DestinationPart): { readonly title: string; readonly note: string } {
  const { segments, unreceived } = part
  const all = [...segments, ...unreceived]
  const titles = new Set(all.map(({ facts }) => formatCoordinates(facts)))
  const facts = all[0]?.facts
  const destination = facts?.destination || facts?.system || 'message'
  const [only = destination] = titles
  return {
    title: titles.size === 1 ? only : `${destination} · ${titles.size} messages`,
    note: noteOf(segments, unreceived.length, systemName(facts?.system ?? '')),
  }
}

function noteOf(segments: readonly MessageSegment[], unreceived: number, system: string): string {
  const lost = unreceived === 0 ? [] : [segments.length === 0 ? 'not received' : `${unreceived} not received`]
  const [first] = segments
  if (first === undefined) return lost.join('')
  const waited =
    segments.length === 1 ? waitText(first) : `${waitRange(segments)}${system === '' ? '' : ` in ${system}`}`
  return [waited, ...lost].join(' · ')
}

/** `waited 2.1 s to 2.74 s`. */
export function waitRange(segments: readonly MessageSegment[]): string {
  const waits = segments.map(({ waitedNano }) => waitedNano)
  const [least, most] = [
    waits.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    waits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ].map(formatDuration)
  return least === most ? `waited ${most}` : `waited ${least} to ${most}`
}

/** What a line to one of several consumers says: how long its messages waited, for which group, in which attempt. */
export function tieLines(segments: readonly MessageSegment[]): readonly string[] {
  const [group, ...otherGroups] = distinct(segments.map(({ facts }) => facts.consumerGroup))
  const [attempt, ...otherAttempts] = distinct(segments.map(({ facts }) => facts.attempt))
  return [
    waitRange(segments),
    ...(group !== undefined && otherGroups.length === 0 ? [`group ${group}`] : []),
    ...(attempt !== undefined && otherAttempts.length === 0 ? [`attempt ${attempt}`] : []),
  ]
}

function distinct<Value>(values: readonly (Value | undefined)[]): readonly Value[] {
  return [...new Set(values)].filter(value => value !== undefined)
}
