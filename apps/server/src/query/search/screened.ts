import type { TraceId } from '@waybill/model'
import type { IsQuery, Query } from '@waybill/query-language'
import { and, termsOf } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import type { Bind } from '../compile/bind.ts'
import { idSet } from '../compile/bind.ts'
import type { Statement } from '../compile/compile.ts'
import { compileMessages, compileQuery, statement } from '../compile/compile.ts'
import { all, isPlain, needsMessage, spanKey } from '../compile/scope.ts'
import { compareText } from '../compile/value.ts'
import type { Asked } from '../cost.ts'
import { ask, estimateRows, startDeadline } from '../cost.ts'
import type { TimeRange } from '../time-range.ts'
import { makeRange, newestFirst } from '../time-range.ts'
import type { Match, NextMatches } from './found.ts'
import type { SentRow } from './unconsumed.ts'
import { findReceived, sentColumns } from './unconsumed.ts'

/*
 * What is missing somewhere, such as the consumer of a message, is missing near it too, and that is seen at
 * little cost: few rows are left, for which it is looked everywhere.
 */

/** Consumers and parents mostly lie within this of the messages and children. */
const marginNano = 120_000_000_000n
/** Rows of the newest window, how many times more each window before it has, and the most. */
const windowRows = { first: 100_000, growth: 4, most: 1_600_000 } as const
/** Rows that one statement leaves at most. */
const leftRows = 1000
/**
 * How many are confirmed together: somewhat more than a page has, then twice as many each time. Of orphans the most at
 * once, for what confirms them reads more.
 */
const confirmedRows = { unconsumed: 30, most: 200 } as const

interface Left extends SentRow {
  readonly key: string
  readonly started: string
}

/** The query asks for what lacks its counterpart, and otherwise says only what rows tell by themselves. */
export function isScreened(query: Query): boolean {
  const terms = termsOf(query)
  return terms.some(isLack) && terms.every(term => isLack(term) || isPlain(term))
}

function isLack(term: Query): term is IsQuery {
  return term.type === 'is' && (term.condition === 'orphan' || term.condition === 'unconsumed')
}

/** The matches of a query that {@link isScreened}, from the newest back; see `matchesOf`. */
export function screenedMatches(reader: Reader, asked: Asked, range: TimeRange): NextMatches {
  const checkTime = startDeadline(asked)
  const pieces = screen(reader, asked, range)
  let atOnce: number = needsMessage(asked.query) ? confirmedRows.unconsumed : confirmedRows.most
  let left: readonly Left[] = []
  let screenedNano = BigInt(range.endUnixNano)
  let isScreenedAll = false
  return async () => {
    while (left.length < atOnce && !isScreenedAll) {
      checkTime()
      const piece = await pieces.next()
      if (piece.done === true) {
        isScreenedAll = true
        screenedNano = BigInt(range.startUnixNano)
      } else {
        left = [...left, ...piece.value.rows]
        screenedNano = piece.value.fromNano
      }
    }
    const some = left.slice(0, atOnce)
    left = left.slice(atOnce)
    atOnce = Math.min(atOnce * 2, confirmedRows.most)
    const found = await confirm(reader, asked, some)
    const next = left[0]
    const seenFromNano = next === undefined ? screenedNano : BigInt(next.started) + 1n
    return { found, seenFromNano, isComplete: isScreenedAll && next === undefined }
  }
}

interface Piece {
  readonly rows: readonly Left[]
  /** No other row is left from this time on. */
  readonly fromNano: bigint
}

async function* screen(reader: Reader, asked: Asked, range: TimeRange): AsyncGenerator<Piece> {
  for (const window of await growingWindows(reader, asked, range)) {
    let rest = window
    for (;;) {
      const rows = await ask<Left>(reader, screenStatement(asked, rest), asked)
      const last = rows.at(-1)
      const isAll = rows.length < leftRows || last === undefined
      const fromNano = isAll ? BigInt(window.startUnixNano) : BigInt(last.started) + 1n
      yield { rows: rows.filter(row => BigInt(row.started) >= fromNano), fromNano }
      if (isAll) break
      const before = { ...rest, endUnixNano: String(fromNano) }
      // A thousand rows at one nanosecond: the last of them are not looked at
      rest =
        before.endUnixNano === rest.endUnixNano
          ? makeRange(BigInt(rest.startUnixNano), fromNano - 1n)
          : before
    }
  }
}

async function growingWindows(reader: Reader, asked: Asked, range: TimeRange): Promise<readonly TimeRange[]> {
  const rows = Math.max(1, await estimateRows(reader, plainStatement(asked.query, range), asked))
  const shares: number[] = []
  let size: number = windowRows.first
  for (let seen = size; seen < rows; seen += size) {
    shares.push(seen / rows)
    size = Math.min(size * windowRows.growth, windowRows.most)
  }
  return newestFirst(range, [...shares, 1])
}

/** The rows that are screened. */
function plainStatement(query: Query, range: TimeRange): Statement {
  const plain = and(termsOf(query).filter(isPlain))
  return statement(bind =>
    needsMessage(query)
      ? `SELECT trace_id FROM messages WHERE ${compileMessages(plain, range, bind)}`
      : `SELECT trace_id FROM spans WHERE ${compileQuery(plain, range, bind).where}`,
  )
}

function screenStatement({ query, range }: Asked, window: TimeRange): Statement {
  return statement(bind => {
    const near = { marginNano, received: destinationOf(query, bind) }
    const { table, where } = compileQuery(query, window, bind, range, { near, sameTraces: () => 'true' })
    return (
      `SELECT hex(trace_id) AS id, ${spanKey} AS key, toUnixTimestamp64Nano(start) AS started` +
      `${table === 'messages' ? `, ${sentColumns}` : ''} FROM ${table} ` +
      `WHERE ${where} ORDER BY start DESC LIMIT ${leftRows}`
    )
  })
}

/** A message is mostly received from the destination that it was sent to. */
function destinationOf(query: Query, bind: Bind): string {
  return all(
    termsOf(query).flatMap(term =>
      term.type === 'compare' && term.operator === '=' && (term.key === 'topic' || term.key === 'destination')
        ? [compareText('destination', term, bind)]
        : [],
    ),
  )
}

/** Those rows for which the query holds. */
async function confirm(reader: Reader, asked: Asked, rows: readonly Left[]): Promise<readonly Match[]> {
  if (rows.length === 0) return []
  const isOfMessages = termsOf(asked.query).every(term => !isLack(term) || term.condition === 'unconsumed')
  if (!isOfMessages) return await lookEverywhere(reader, asked, rows)
  const { maybe, traces } = await findReceived(reader, asked, rows)
  const byId = new Map(traces.map(trace => [trace.traceId, trace]))
  const certain = rows
    .filter(row => !maybe.has(row))
    .map(matchOf)
    .map(match => ({ ...match, trace: byId.get(match.traceId) }))
  return [...certain, ...(await lookEverywhere(reader, asked, [...maybe]))]
}

async function lookEverywhere(
  reader: Reader,
  asked: Asked,
  rows: readonly Left[],
): Promise<readonly Match[]> {
  const [newest, oldest] = [rows[0], rows.at(-1)]
  if (newest === undefined || oldest === undefined) return []
  const { query, range } = asked
  const select = statement(bind => {
    const window = makeRange(BigInt(oldest.started), BigInt(newest.started) + 1n)
    const ids = idSet([...new Set(rows.map(row => row.id))], 16, bind)
    const keys = bind([...new Set(rows.map(row => row.key))], 'Array(UInt64)')
    const bound = `trace_id IN ${ids} AND ${spanKey} IN ${keys}`
    const { table, where } = compileQuery(query, window, bind, range, { bound })
    return (
      `SELECT hex(trace_id) AS id, toUnixTimestamp64Nano(min(start)) AS started FROM ${table} ` +
      `WHERE ${where} GROUP BY trace_id`
    )
  })
  return (await ask<Pick<Left, 'id' | 'started'>>(reader, select, asked)).map(matchOf)
}

function matchOf({ id, started }: Pick<Left, 'id' | 'started'>): Match {
  return { traceId: id.toLowerCase() as TraceId, startNano: BigInt(started) }
}
