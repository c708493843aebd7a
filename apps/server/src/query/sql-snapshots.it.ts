import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile.ts'
import { explainFacets, getFacets } from './facets.ts'
import { explainHistogram } from './histogram.ts'
import { explainMessages, findMessages } from './messages.ts'
import { queryStories } from './query-stories.ts'
import { explainTraces, findTraces } from './search.ts'
import type { SearchRequest } from './search-newest.ts'
import { explainSpans, findSpans } from './spans.ts'
import type { Asks } from './sql-cases.ts'
import { sqlCases, sqlRanges } from './sql-cases.ts'
import { readStatements, writeStatement } from './sql-layout.ts'
import { storeStories, storyHour } from './story-store.ts'

/*
 * What every kind of query compiles to, in fixtures/*.sql. After a change that is meant, write them again:
 *
 *     node --test --test-update-snapshots apps/server/src/query/sql-snapshots.it.ts
 */

const folder = join(import.meta.dirname, 'fixtures')

function compareTo(t: TestContext, name: string, text: string): void {
  t.assert.fileSnapshot(text, join(folder, `${name}.sql`), { serializers: [String] })
}

/** A reader that notes the statements that pass it. */
function listening(reader: Reader, heard: Statement[]): Reader {
  return {
    query: (sql, parameters = {}) => {
      heard.push({ sql, parameters })
      return reader.query(sql, parameters)
    },
    stream: (sql, parameters = {}) => {
      heard.push({ sql, parameters })
      return reader.stream(sql, parameters)
    },
  }
}

async function statementsOf(
  reader: Reader,
  asks: Asks,
  request: SearchRequest,
): Promise<readonly Statement[]> {
  const heard: Statement[] = []
  const open = listening(reader, heard)
  switch (asks) {
    case 'traces':
      return (await explainTraces(reader, request)).statements
    case 'spans':
      return (await explainSpans(reader, request)).statements
    case 'messages':
      return (await explainMessages(reader, request)).statements
    case 'histogram':
      return (await explainHistogram(reader, request)).statements
    case 'facets':
      return (await explainFacets(reader, request)).statements
    case 'explain traces':
      await explainTraces(open, request)
      return heard
    case 'all of traces':
      await findTraces(open, request)
      return heard
    case 'all of spans':
      await findSpans(open, request)
      return heard
    case 'all of messages':
      await findMessages(open, request)
      return heard
    case 'all of facets':
      await getFacets(open, request)
      return heard
  }
}

const request = (text: string): SearchRequest => ({ query: parseQuery(text), range: storyHour, limit: 20 })

describe('the SQL of queries', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  async function section(title: string, asks: Asks, asked: SearchRequest): Promise<string> {
    const statements = await statementsOf(reader, asks, asked)
    return `-- ${asks}: ${title}\n${statements.map(writeStatement).join('\n\n')}\n`
  }

  for (const [name, { asks, queries }] of Object.entries(sqlCases))
    it(`is as in fixtures/${name}.sql`, async t => {
      const sections: string[] = []
      for (const text of queries) sections.push(await section(text || '(every span)', asks, request(text)))
      compareTo(t, name, sections.join('\n'))
    })

  it('is as in fixtures/time-ranges.sql', async t => {
    const sections: string[] = []
    for (const [title, range] of Object.entries(sqlRanges))
      for (const asks of ['traces', 'messages'] as const)
        sections.push(await section(`service:shop in ${title}`, asks, { ...request('service:shop'), range }))
    compareTo(t, 'time-ranges', sections.join('\n'))
  })

  it('is as in fixtures/pages.sql', async t => {
    const sections: string[] = []
    const searches = [
      ['all of traces', findTraces, 'topic:orders'],
      ['all of spans', findSpans, 'service:shop'],
      ['all of messages', findMessages, 'topic:orders'],
    ] as const
    for (const [asks, find, text] of searches) {
      const asked = { ...request(text), limit: 1 }
      const { nextCursor } = await find(reader, asked)
      if (nextCursor !== undefined)
        sections.push(await section(`${text}, the second page`, asks, { ...asked, cursor: nextCursor }))
    }
    assert.equal(sections.length, searches.length)
    compareTo(t, 'pages', sections.join('\n'))
  })

  it('runs as it stands in the files', async () => {
    const names = [...Object.keys(sqlCases), 'time-ranges', 'pages'].map(name => `${name}.sql`)
    assert.deepEqual(readdirSync(folder).sort(), names.sort())
    for (const name of names) {
      const statements = readStatements(readFileSync(join(folder, name), 'utf8'))
      assert.ok(statements.length > 0, name)
      for (const { sql, parameters } of statements) await reader.query(sql, parameters)
    }
  })
})
