import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../store/engine.ts'
import { getFacets } from './counts/facets.ts'
import { getHistogram } from './counts/histogram.ts'
import { getRed } from './counts/red.ts'
import { explainQuestion } from './explain.ts'
import { queryStories } from './query-stories.ts'
import { findMessages } from './search/messages.ts'
import { findTraces } from './search/search.ts'
import { findSpans } from './search/spans.ts'
import { storeStories, storyHour } from './story-store.ts'

const asked = { query: parseQuery('topic:orders wait>1s'), range: storyHour, limit: 20 }
const questions = { findTraces, findSpans, findMessages, getHistogram, getFacets } as const

describe('explainQuestion', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  for (const [name, question] of Object.entries(questions))
    it(`tells what ${name} would run and read`, async () => {
      const { statements, plan } = await explainQuestion(reader, open => question(open, asked), asked)
      assert.equal(statements.length, 1)
      assert.match(statements[0]?.sql ?? '', /^SELECT .*\bdestination = \{p\d+:String\}/s)
      assert.ok(Object.values(statements[0]?.parameters ?? {}).includes('orders'))
      assert.ok(plan.some(line => /^messages: \d+ rows in \d+ marks of \d+ parts$/.test(line)))
    })

  it('tells of a question without a query, too', async () => {
    const { statements } = await explainQuestion(
      reader,
      open => getRed(open, { range: storyHour, service: 'shop' }),
      asked,
    )
    assert.match(statements[0]?.sql ?? '', /service = \{p\d+:String\}/)
  })

  it('fails as the question does', async () => {
    const question = (open: Reader) => findTraces(open, { ...asked, cursor: 'x' })
    await assert.rejects(explainQuestion(reader, question, asked), { code: 'BAD_PARAMETER' })
  })

  it('says that nothing is run where nothing is', async () => {
    assert.deepEqual(await explainQuestion(reader, async () => undefined, asked), {
      statements: [],
      plan: [],
    })
  })
})
