import type { TraceId } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { idSet } from '../compile/bind.ts'
import { statement } from '../compile/compile.ts'
import type { Coordinates } from '../compile/coordinates.ts'
import { atCoordinates, coordinatesKey } from '../compile/coordinates.ts'
import { noSpan } from '../compile/scope.ts'
import type { Asked } from '../cost.ts'
import { ask } from '../cost.ts'
import { withinBounds } from '../trace/bounds.ts'
import type { FoundTrace } from './traces.ts'
import { lookUpTraces } from './traces.ts'

/** What a send says of its message, as `messages` has it. */
export interface SentRow {
  readonly id: string
  readonly span: string
  readonly linkSpan: string
  readonly kind: number
  readonly system: string
  readonly destination: string
  readonly partition_id: string
  readonly message_offset: string
  readonly message_id: string
}

/** Columns of `messages` that {@link SentRow} is read from, the trace aside. */
export const sentColumns =
  'hex(span_id) AS span, hex(link_span_id) AS linkSpan, kind, system, destination, partition_id, message_offset, message_id'

const isReceived = "operation IN ('receive', 'process')"
/** SpanKind of OTLP: a client sends what others created, and consumers name the creation. */
const client = 3

export interface Received<Row> {
  /** Sends that may have been received, whenever that was: of all others it is certain that nobody has. */
  readonly maybe: ReadonlySet<Row>
  /** The traces of the sends. */
  readonly traces: readonly FoundTrace[]
}

/** Looks up each tie that a message can have by the key of a table. */
export async function findReceived<Row extends SentRow>(
  reader: Reader,
  asked: Asked,
  rows: readonly Row[],
): Promise<Received<Row>> {
  const [{ traces, parents }, linked, coordinates, messageIds] = await Promise.all([
    parentsOfReceivers(reader, asked, rows),
    linkedSpans(reader, asked, rows),
    receivedCoordinates(reader, asked, rows),
    receivedIds(reader, asked, rows),
  ])
  const maybe = rows.filter(row => {
    const span = row.id + row.span
    return (
      (row.kind === client && !/^0*$/.test(row.linkSpan)) ||
      parents.has(span) ||
      linked.has(span) ||
      coordinates.has(coordinatesKey(coordinatesOf(row))) ||
      messageIds.has(row.message_id)
    )
  })
  return { maybe: new Set(maybe), traces }
}

/** Spans of the rows' traces that have a receiver as child. */
async function parentsOfReceivers(
  reader: Reader,
  asked: Asked,
  rows: readonly SentRow[],
): Promise<{ readonly traces: readonly FoundTrace[]; readonly parents: ReadonlySet<string> }> {
  const traceIds = traceIdsOf(rows)
  const traces = await lookUpTraces(reader, traceIds, asked)
  if (traces.length === 0) return { traces, parents: new Set() }
  const found = await ask<{ readonly parent: string }>(
    reader,
    statement(bind => {
      const bounds = withinBounds(
        traces.flatMap(trace => trace.bounds),
        bind,
      )
      return `SELECT concat(hex(trace_id), hex(parent_span_id)) AS parent FROM spans PREWHERE trace_id IN ${idSet(traceIds, 16, bind)} WHERE ${bounds} AND ${isReceived} AND parent_span_id != ${noSpan}`
    }),
    asked,
  )
  return { traces, parents: new Set(found.map(({ parent }) => parent)) }
}

/** Spans of the rows' traces that are linked to. */
async function linkedSpans(
  reader: Reader,
  asked: Asked,
  rows: readonly SentRow[],
): Promise<ReadonlySet<string>> {
  const found = await ask<{ readonly linked: string }>(
    reader,
    statement(
      bind =>
        `SELECT DISTINCT concat(hex(linked_trace_id), hex(linked_span_id)) AS linked FROM links ` +
        `WHERE linked_trace_id IN ${idSet(traceIdsOf(rows), 16, bind)}`,
    ),
    asked,
  )
  return new Set(found.map(({ linked }) => linked))
}

/** Coordinates at which messages were received: those of the rows, and others. */
async function receivedCoordinates(
  reader: Reader,
  asked: Asked,
  rows: readonly SentRow[],
): Promise<ReadonlySet<string>> {
  const placed = rows.filter(row => !row.message_offset.startsWith('-') && row.destination !== '')
  if (placed.length === 0) return new Set()
  const found = await ask<SentRow>(
    reader,
    statement(bind => {
      const systems = bind([...new Set(['', ...placed.map(row => row.system)])], 'Array(String)')
      // A send that does not name its system may be of any
      const ofSystem = placed.some(row => row.system === '') ? '' : `system IN ${systems} AND `
      return (
        `SELECT DISTINCT destination, partition_id, message_offset FROM messages ` +
        `WHERE ${ofSystem}${atCoordinates(placed.map(coordinatesOf), bind)} AND ${isReceived}`
      )
    }),
    asked,
  )
  return new Set(found.map(row => coordinatesKey(coordinatesOf(row))))
}

async function receivedIds(
  reader: Reader,
  asked: Asked,
  rows: readonly SentRow[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(rows.flatMap(row => (row.message_id === '' ? [] : [row.message_id])))]
  if (ids.length === 0) return new Set()
  const found = await ask<Pick<SentRow, 'message_id'>>(
    reader,
    statement(
      bind =>
        `SELECT DISTINCT message_id FROM messages WHERE message_id IN ${bind(ids, 'Array(String)')} AND ${isReceived}`,
    ),
    asked,
  )
  return new Set(found.map(row => row.message_id))
}

function traceIdsOf(rows: readonly SentRow[]): readonly TraceId[] {
  return [...new Set(rows.map(row => row.id.toLowerCase() as TraceId))]
}

function coordinatesOf(row: SentRow): Coordinates {
  return { destination: row.destination, partition: row.partition_id, offset: row.message_offset }
}
