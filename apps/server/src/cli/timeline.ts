import type { TraceResponse } from '@waybill/api'
import type { MessageRow, Span, SpanRow, TraceRow, TraceTree } from '@waybill/model'
import {
  describeMissing,
  displayValue,
  findAttribute,
  formatCoordinates,
  formatDuration,
  lightSpan,
  summarize,
  timeShares,
  traceTree,
  unixMsOf,
} from '@waybill/model'
import type { Look, Terminal } from './output.ts'
import { count, fit, formatTime, printable, widthOf } from './output.ts'

type Row = TraceRow<Span>

const serviceLooks = ['cyan', 'blue', 'green', 'magenta'] as const
/** Columns for `waited 59 m 59 s` on the right. */
const durationWidth = 17
/** Below this depth the tree is not indented further. */
const deepest = 24
const shareNames = {
  processing: 'processing',
  waiting: 'waiting in queues',
  sending: 'sending',
  calling: 'calls to others',
  unknown: 'unknown',
} as const

/**
 * A trace as text: what it was in three lines, then one line a row of its tree, with bars over a common
 * axis of time. Services at work are solid, messages on their way are hatched.
 *
 *     report-api POST /api/report         ███                                   96 ms
 *     └ report-api send report             ██                                   41 ms
 *       └ report[0]@17                       ░░░░░░░░░░░░░░░░░░                 waited 2.1 s
 *         └ report-worker process report                       █████████        1.2 s
 */
export function drawTrace({ trace, messages }: TraceResponse, terminal: Terminal): string {
  const tree = traceTree(trace, messages)
  const lines = [...headLines({ trace, messages }, terminal), '']
  const labels = labelsOf(tree)
  const widest = labels.reduce((width, label) => Math.max(width, widthOf(label)), 0)
  const labelWidth = Math.min(widest + 1, Math.floor(terminal.columns * 0.45))
  const barWidth = Math.max(10, terminal.columns - labelWidth - durationWidth - 2)
  for (const [index, row] of tree.rows.entries()) {
    const label = labels[index] ?? ''
    const bar = drawBar(row, tree.durationNano, barWidth)
    const line = `${paintLabel(row, fit(label, labelWidth), terminal)} ${paintBar(row, bar, terminal)} ${timeOf(row)}`
    lines.push(line.trimEnd())
    if (row.kind !== 'span' || row.span.status.code !== 'error') continue
    const indent = ' '.repeat(Math.min(label.search(/[^ │├└]/) + 2, labelWidth))
    const reason = printable(failureOf(row.span))
    if (reason !== '')
      lines.push(terminal.paint('red', fit(`${indent}${reason}`, terminal.columns).trimEnd()))
  }
  return `${lines.join('\n')}\n`
}

function headLines(
  { trace, messages }: Pick<TraceResponse, 'trace' | 'messages'>,
  terminal: Terminal,
): string[] {
  const outline = summarize(trace.spans.map(lightSpan), messages)
  const title = `${outline.rootName || '(no name)'} · ${outline.rootService || '(no service)'}`
  const waited = outline.waitedNano > 0 ? `, waited ${formatDuration(outline.waitedNano)}` : ''
  const facts = [
    formatDuration(outline.durationNano),
    count(outline.spanCount, 'span'),
    count(outline.services.length, 'service'),
    ...(outline.messageCount === 0 ? [] : [`${count(outline.messageCount, 'message')}${waited}`]),
    ...(outline.errorCount === 0 ? [] : [terminal.paint('red', `✕ ${count(outline.errorCount, 'error')}`)]),
    formatTime(unixMsOf(outline.startUnixNano)),
  ]
  const shares = timeShares(trace.spans, messages)
  return [
    `${terminal.paint('bold', printable(title))}  ${terminal.paint('dim', trace.traceId)}`,
    facts.join(' · '),
    ...(shares.length === 0
      ? []
      : [shares.map(({ kind, nano }) => `${shareNames[kind]} ${formatDuration(nano)}`).join(' · ')]),
  ]
}

/** Each row's branch of the tree and its name. */
function labelsOf({ rows }: TraceTree<Span>): readonly string[] {
  const isLast: boolean[] = []
  return rows.map(row => {
    isLast[row.depth] = (rows[row.end]?.depth ?? -1) < row.depth
    let branch = ''
    for (let depth = 1; depth <= Math.min(row.depth, deepest); depth++) {
      const last = isLast[depth] === true
      branch += depth === row.depth ? (last ? '└ ' : '├ ') : last ? '  ' : '│ '
    }
    return branch + (row.depth > deepest ? '⋯ ' : '') + printable(nameOf(row))
  })
}

function nameOf(row: Row): string {
  if (row.kind === 'span') return spanLabel(row)
  return row.kind === 'message' ? messageLabel(row) : `? ${describeMissing(row.why)}`
}

function spanLabel({ span, cycle }: SpanRow<Span>): string {
  const failed = span.status.code === 'error' ? '✕ ' : ''
  return `${failed}${span.service} ${span.name}${cycle ? ' (its causes lead in a circle)' : ''}`
}

function messageLabel({ segment, others }: MessageRow): string {
  const { facts, producer, consumer } = segment
  const group = facts.consumerGroup === undefined ? '' : ` · group ${facts.consumerGroup}`
  const more = others.length === 0 ? '' : ` and ${count(others.length, 'other')}`
  const elsewhere = producer.traceId === consumer.traceId ? '' : ` · other trace`
  return formatCoordinates(facts) + more + group + elsewhere
}

function drawBar(row: Row, durationNano: number, width: number): string {
  const scale = durationNano === 0 ? 0 : width / durationNano
  const place = (nano: number) => Math.min(Math.max(nano, 0), durationNano) * scale
  const from = Math.min(Math.floor(place(row.startNano)), width - 1)
  const to = Math.max(from + 1, Math.round(place(row.endNano)))
  const fill = row.kind === 'span' ? '█' : row.kind === 'message' ? '░' : '·'
  return ' '.repeat(from) + fill.repeat(to - from) + ' '.repeat(width - to)
}

function timeOf(row: Row): string {
  if (row.kind === 'missing') return ''
  if (row.kind === 'message') return `waited ${formatDuration(row.segment.waitedNano)}`
  return formatDuration(row.endNano - row.startNano)
}

function paintLabel(row: Row, label: string, terminal: Terminal): string {
  if (row.kind === 'message') return terminal.paint('yellow', label)
  if (row.kind === 'missing') return terminal.paint('dim', label)
  return row.span.status.code === 'error' ? terminal.paint('red', label) : label
}

function paintBar(row: Row, bar: string, terminal: Terminal): string {
  if (row.kind === 'message') return terminal.paint('yellow', bar)
  if (row.kind === 'missing') return terminal.paint('dim', bar)
  return terminal.paint(row.span.status.code === 'error' ? 'red' : serviceLook(row.span.service), bar)
}

/** The same service has the same colour in every trace. */
function serviceLook(service: string): Look {
  let hash = 0
  for (let i = 0; i < service.length; i++) hash = (hash * 31 + service.charCodeAt(i)) | 0
  return serviceLooks[Math.abs(hash) % serviceLooks.length] ?? 'cyan'
}

/** What went wrong, from the exception if one was recorded, else from the status. */
function failureOf(span: Span): string {
  const exception = span.events.findLast(event => event.name === 'exception')
  const said = (key: string) => {
    const value = exception && findAttribute(exception.attributes, key)
    return value === undefined ? '' : displayValue(value)
  }
  const texts = [said('exception.type'), said('exception.message') || span.status.message]
  return texts.filter(text => text !== '').join(': ')
}
