import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parseQuery, queryLimits } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import { getHistogram } from './counts/histogram.ts'
import { queryStories } from './query-stories.ts'
import { findMessages } from './search/messages.ts'
import { findTraces } from './search/search.ts'
import { storeStories, storyHour } from './story-store.ts'

/* Every query that docs/query-language.md shows is asked of a real store. */

const document = readFileSync(new URL('../../../../docs/query-language.md', import.meta.url), 'utf8')

/** Operators, units and characters that the text speaks of by themselves, words and members of the API. */
const noQuery =
  /^(?:[<>=!~:.*>-]+|ns us ms s m h d|b kb mb|KiB MiB|\\[a-z0-9]+|\/.*|.*'.*|q|explain|"\w+": \w+|[A-Z]+_[A-Z_]+)$/

/** What stands in code in the text and its tables, and the lines of the first block. */
function examples(): readonly string[] {
  const [, block = ''] = /```\n([\s\S]*?)```/.exec(document) ?? []
  const text = document.replace(/^```[\s\S]*?^```/gm, '')
  const inText = [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  return [...new Set([...block.trim().split('\n'), ...inText.filter(code => !noQuery.test(code))])]
}

describe('the queries of docs/query-language.md', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  const queries = examples()

  it('are many', () => assert.ok(queries.length > 70, `${queries.length}`))

  for (const text of queries)
    it(text, async () => {
      const asked = { query: parseQuery(text), range: storyHour }
      await findTraces(reader, { ...asked, limit: 5 })
      await findMessages(reader, { ...asked, limit: 5 })
      await getHistogram(reader, asked)
    })

  it('have the limits that it names', () => {
    const { characters, depth, chain } = queryLimits
    const stated = [characters.toLocaleString('en-US'), `${depth} levels`, `${chain} braces`]
    for (const limit of stated) assert.ok(document.includes(limit), limit)
  })

  /** What the text says of single queries, each with the spans of the stories that it finds, as trace.span. */
  const claims: Readonly<Record<string, number>> = {
    'partition=3 offset:5': 0,
    'partition=0 offset:5': 2,
    'service:shop {service:billing is:error}': 1,
    'name:POST\\ /orders': 1,
    'user.id!=u1': 1,
    '-user.id:u1 kind:server': 1,
    CARDDECLINED: 1,
    'service:SHOP': 0,
  }
  for (const [text, traces] of Object.entries(claims))
    it(`${text} finds ${traces}`, async () => {
      const request = { query: parseQuery(text), range: storyHour, limit: 50 }
      assert.equal((await findTraces(reader, request)).traces.length, traces)
    })
})
