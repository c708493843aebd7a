import type { Span, Trace, TraceRow } from '@waybill/model'
import { displayValue, formatCoordinates } from '@waybill/model'
import { rowStates } from './visible.ts'

/** A filter as it was typed: rows have all of `wanted` and none of `unwanted`. Texts are lower case. */
export interface RowFilter {
  readonly wanted: readonly string[]
  readonly unwanted: readonly string[]
}

/**
 * Reads a filter: words and "quoted texts", with `-` before what is to be left out. `is:error` finds what
 * failed.
 *
 * @returns undefined where the text asks for nothing.
 */
export function parseFilter(text: string): RowFilter | undefined {
  const wanted: string[] = []
  const unwanted: string[] = []
  for (const [, minus, quoted, word] of text.toLowerCase().matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g)) {
    const content = quoted ?? word ?? ''
    if (content === '' || content === '-') continue
    if (minus === '-') unwanted.push(content)
    else wanted.push(content)
  }
  return wanted.length + unwanted.length === 0 ? undefined : { wanted, unwanted }
}

/**
 * How a filter leaves each row: what matches, what is kept since a match is below it, what is hidden. A match
 * is by name, service, attribute (`key=value`), event, or the message's coordinates.
 */
export function filterRows(rows: readonly TraceRow<Span>[], filter: RowFilter): Uint8Array {
  const states = new Uint8Array(rows.length)
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as TraceRow<Span>
    if (matches(textOf(row), filter)) states[i] = rowStates.match
    if (states[i] !== rowStates.hidden && row.parent >= 0 && states[row.parent] === rowStates.hidden)
      states[row.parent] = rowStates.ancestor
  }
  return states
}

function matches(text: string, filter: RowFilter): boolean {
  return (
    filter.wanted.every(word => text.includes(word)) && !filter.unwanted.some(word => text.includes(word))
  )
}

/** What is searched of a span does not change, so it is put together once. */
const texts = new WeakMap<TraceRow<Span>, string>()

function textOf(row: TraceRow<Span>): string {
  let text = texts.get(row)
  if (text === undefined) {
    text = describe(row).join('\n').toLowerCase()
    texts.set(row, text)
  }
  return text
}

function describe(row: TraceRow<Span>): readonly string[] {
  if (row.kind === 'missing') return [row.spanId, 'not stored']
  if (row.kind === 'message')
    return [
      formatCoordinates(row.segment.facts),
      `waited`,
      row.segment.facts.consumerGroup ?? '',
      row.segment.tie,
    ]
  const { span } = row
  return [
    span.service,
    span.name,
    span.spanId,
    span.kind,
    ...(span.status.code === 'error' ? ['is:error', span.status.message] : []),
    ...attributeTexts(span.attributes),
    ...span.events.flatMap(event => [event.name, ...attributeTexts(event.attributes)]),
  ]
}

function attributeTexts(attributes: Trace['spans'][number]['attributes']): readonly string[] {
  return attributes.map(({ key, value }) => `${key}=${displayValue(value)}`)
}
