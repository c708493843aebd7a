import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import type { TraceId } from '@waybill/model'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { getOperations, getServices } from '../catalog.ts'
import type { Statement } from '../compile/compile.ts'
import { getCompletions } from '../complete/complete.ts'
import { getFacets } from '../counts/facets.ts'
import { getFlow } from '../counts/flow.ts'
import { getHistogram } from '../counts/histogram.ts'
import { getRed } from '../counts/red.ts'
import { getServiceMetrics } from '../counts/service-metrics.ts'
import { getWaits } from '../counts/waits.ts'
import { getDependencies } from '../dependencies/dependencies.ts'
import { explainQuestion } from '../explain.ts'
import { getJourney, getMessageJourney } from '../journey.ts'
import { getAttributeKeys, getAttributeValues, getPeers } from '../known-attributes.ts'
import { queryStories } from '../query-stories.ts'
import { findMessages } from '../search/messages.ts'
import type { SearchRequest } from '../search/newest.ts'
import { findTraces } from '../search/search.ts'
import { findSpans } from '../search/spans.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { countOrphans } from '../trace/orphans.ts'
import { readOutline } from '../trace/outline.ts'
import { getTrace } from '../trace/trace.ts'
import type { Asks } from './cases.ts'
import { sqlCases, sqlRanges } from './cases.ts'
import { readStatements, writeStatement } from './layout.ts'

/*
 * What every kind of query compiles to, in fixtures/*.sql. After a change that is meant, write them again:
 *
 *     node --test --test-update-snapshots apps/server/src/query/snapshots/snapshots.it.ts
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

type Question = (reader: Reader, request: SearchRequest) => Promise<unknown>

const questions = {
  traces: findTraces,
  spans: findSpans,
  messages: findMessages,
  histogram: getHistogram,
  facets: getFacets,
} as const satisfies Record<string, Question>

/** What is run first, or everything, or everything of its explanation. */
async function statementsOf(
  reader: Reader,
  asks: Asks,
  request: SearchRequest,
): Promise<readonly Statement[]> {
  const [, scope, name] = /^(all of |explain )?(\w+)$/.exec(asks) ?? []
  const question: Question = questions[name as keyof typeof questions]
  const first = (open: Reader) => explainQuestion(open, inner => question(inner, request), request)
  if (scope === undefined) return (await first(reader)).statements
  const heard: Statement[] = []
  const open = listening(reader, heard)
  await (scope === 'explain ' ? first(open) : question(open, request))
  return heard
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

  it('is as in fixtures/other-questions.sql', async t => {
    const range = storyHour
    const others: Readonly<Record<string, (open: Reader) => Promise<unknown>>> = {
      services: open => getServices(open),
      operations: open => getOperations(open),
      'operations of a service, of one kind': open => getOperations(open, 'shop', 'producer'),
      'completion of a key': open => getCompletions(open, 'user', 4, range),
      'completion of a value': open => getCompletions(open, 'user.id:u', 9, range),
      'completion of a value of a short key': open => getCompletions(open, 'topic:o', 7, range),
      'rate, errors and durations': open => getRed(open, { range }),
      'rate, errors and durations by operation': open =>
        getRed(open, { range, service: 'shop', by: 'operation' }),
      'flow of messages': open => getFlow(open, { range, destination: 'orders', group: 'billing' }),
      waits: open => getWaits(open, { range, destination: 'orders' }),
      dependencies: open => getDependencies(open, { range }),
      'dependencies of a sample of traces': open => getDependencies(open, { range }, 1),
      'dependencies between peers': open => getDependencies(open, { range, between: 'peers' }),
      'peers of a service': open => getPeers(open, 'shop'),
      'calls, errors and durations of services, in a window': open =>
        getServiceMetrics(open, {
          services: ['shop', 'ledger'],
          kinds: ['server', 'consumer'],
          byOperation: true,
          range,
          stepMs: 60_000,
          windowMs: 600_000,
        }),
      'the outline of a trace': open => readOutline(open, '5'.padStart(32, '0') as TraceId),
      'spans whose parent is missing': open => countOrphans(open, ['5'.padStart(32, '0') as TraceId]),
      'names of attributes': open => getAttributeKeys(open),
      'values of an attribute': open => getAttributeValues(open, 'user.id'),
      'a trace by its id': open => getTrace(open, '5'.padStart(32, '0') as TraceId),
      'the journey of a message by its coordinates': open => getJourney(open, 'kafka', 'payments', '1', '9'),
      'the journey of a message by its id': open => getMessageJourney(open, 'm-1'),
    }
    const sections: string[] = []
    for (const [title, question] of Object.entries(others)) {
      const heard: Statement[] = []
      await question(listening(reader, heard))
      sections.push(`-- ${title}\n${heard.map(writeStatement).join('\n\n')}\n`)
    }
    compareTo(t, 'other-questions', sections.join('\n'))
  })

  it('runs as it stands in the files', async () => {
    const names = [...Object.keys(sqlCases), 'time-ranges', 'pages', 'other-questions'].map(
      name => `${name}.sql`,
    )
    assert.deepEqual(readdirSync(folder).sort(), names.sort())
    for (const name of names) {
      const statements = readStatements(readFileSync(join(folder, name), 'utf8'))
      assert.ok(statements.length > 0, name)
      for (const { sql, parameters } of statements) await reader.query(sql, parameters)
    }
  })
})
