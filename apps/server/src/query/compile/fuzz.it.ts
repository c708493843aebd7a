import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { WaybillError } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { formatQuery, not, parseQuery } from '@waybill/query-language'
import { arbitraryQuery } from '@waybill/query-language/arbitrary-query'
import fc from 'fast-check'
import type { Reader } from '../../store/engine.ts'
import { ask } from '../cost.ts'
import { getFacets } from '../counts/facets.ts'
import { getHistogram } from '../counts/histogram.ts'
import { queryStories } from '../query-stories.ts'
import { findMessages } from '../search/messages.ts'
import { findTraces } from '../search/search.ts'
import { findSpans } from '../search/spans.ts'
import { storyHour as range, storeStories } from '../story-store.ts'
import type { Statement } from './compile.ts'
import { compileMessages, compileQuery, statement } from './compile.ts'

/** A seed that is printed with what fails, so that it can be tried again. */
const seed = Date.now()

const queries = (count: number, salt: number) =>
  fc.sample(arbitraryQuery, { seed: seed + salt, numRuns: count })

describe('the engine', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  /** Runs what may fail only in the ways that a query can be wrong; `undefined` then. */
  async function tried<Result>(query: Query, run: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await run()
    } catch (error) {
      // RE2 knows some expressions less than JavaScript, and some queries are too large
      const isForeseen =
        error instanceof WaybillError && (error.code === 'BAD_QUERY' || error.code === 'QUERY_TOO_LARGE')
      if (isForeseen) return undefined
      throw new Error(`seed ${seed}: ${formatQuery(query)}`, { cause: error })
    }
  }

  async function countRows(query: Query): Promise<number | undefined> {
    return await tried(query, async () => {
      const rows = statement(bind => {
        const { table, where } = compileQuery(query, range, bind)
        return `SELECT count() AS count FROM ${table} WHERE ${where}`
      })
      const [row] = await ask<{ readonly count: string }>(reader, rows, { query, range })
      return Number(row?.count)
    })
  }

  /** Has the engine resolve every name and type of a statement, without running it. */
  async function isTaken(query: Query, written: () => Statement): Promise<boolean> {
    const taken = await tried(query, async () => {
      const { sql, parameters } = written()
      const resolved = { sql: `EXPLAIN QUERY TREE dump_tree = 0, dump_ast = 1 ${sql}`, parameters }
      await ask(reader, resolved, { query, range })
      return true
    })
    return taken ?? false
  }

  it('takes the SQL of any query', async () => {
    let taken = 0
    for (const query of queries(120, 0)) {
      const rows = () =>
        statement(bind => {
          const { table, where } = compileQuery(query, range, bind)
          return `SELECT trace_id FROM ${table} WHERE ${where}`
        })
      if (await isTaken(query, rows)) taken++
    }
    assert.ok(taken > 110, `seed ${seed}: ${taken} of 120`)
  })

  it('takes the SQL of any search of messages', async () => {
    let taken = 0
    for (const query of queries(60, 1)) {
      const rows = () =>
        statement(bind => `SELECT trace_id FROM messages WHERE ${compileMessages(query, range, bind)}`)
      if (await isTaken(query, rows)) taken++
    }
    assert.ok(taken > 54, `seed ${seed}: ${taken} of 60`)
  })

  it('answers every question with any query', async () => {
    for (const query of queries(5, 2)) {
      const request = { query, range, limit: 3 }
      await tried(query, () => findTraces(reader, request))
      await tried(query, () => findSpans(reader, request))
      await tried(query, () => findMessages(reader, request))
      await tried(query, () => getHistogram(reader, request))
      await tried(query, () => getFacets(reader, request))
    }
  })

  it('finds with a condition and with its opposite every span once', async () => {
    const all = Number(await countRows(parseQuery('')))
    const ofSpan =
      /"type":"(?:trace|relation)"|"key":"(?:wait|e2e|offset|partition|key|msgid|rk|size|attempts)"/
    const plain = queries(300, 3).filter(
      query => !ofSpan.test(JSON.stringify(query)) && !/redelivered|unconsumed/.test(JSON.stringify(query)),
    )
    let compared = 0
    for (const query of plain.slice(0, 60)) {
      const [found, others] = [await countRows(query), await countRows(not(query))]
      if (found === undefined || others === undefined) continue
      assert.equal(found + others, all, `seed ${seed}: ${formatQuery(query)}`)
      compared++
    }
    assert.ok(compared > 20, `${compared} were compared`)
  })

  it('takes the largest statement that the compiler writes', async () => {
    const repeated = (count: number) => parseQuery(Array(count).fill('"card declined"').join(' OR '))
    const size = (count: number) =>
      statement(bind => compileQuery(repeated(count), range, bind).where).sql.length
    const most = Math.floor((200_000 - size(2)) / (size(3) - size(2)))
    assert.equal(await countRows(repeated(Math.min(most, 480))), 0)
    assert.throws(() => size(most + 10), { code: 'QUERY_TOO_LARGE' })
  })
})
