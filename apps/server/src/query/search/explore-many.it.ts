import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import { encodeTracesJson } from '@waybill/wire/otlp'
import { temporaryFolder, temporaryStore, writeSegment } from '../../store/temporary-store.ts'
import { getFacets } from '../counts/facets.ts'
import { getHistogram } from '../counts/histogram.ts'

const traces = 12_000

test('a result of many thousand traces is counted, not named trace by trace', async t => {
  const engine = await temporaryStore(t)
  const startMs = Date.now() - 600_000
  const spans = Array.from({ length: traces }, (_, i) => ({
    traceId: (i + 1).toString(16).padStart(32, 'a'),
    spanId: (i + 1).toString(16).padStart(16, 'b'),
    name: 'GET /',
    startTimeUnixNano: `${startMs + i}000000`,
    endTimeUnixNano: `${startMs + i + 1}000000`,
  }))
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
  const body = encodeTracesJson({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
  await engine.load(await writeSegment(await temporaryFolder(t), 'many', body))
  const range = { startUnixNano: `${startMs - 1}000000`, endUnixNano: `${startMs + traces + 1}000000` }
  for (const text of ['', 'service:shop', 'name:GET*']) {
    const asked = { query: parseQuery(text), range }
    const { facets } = await getFacets(engine, asked)
    assert.equal(facets.find(facet => facet.key === 'service')?.values[0]?.value, 'shop', text)
    // Traces are counted by a sketch of their ids, good to a few per cent.
    const { total } = await getHistogram(engine, asked)
    assert.ok(Math.abs(total - traces) <= traces * 0.05, `${total} traces for "${text}"`)
  }
  const close = (count: number, share: number) => Math.abs(count - traces) <= traces * share
  const sizes = { spansAtOnce: 3000, allRows: 5000, sampledRows: 4000 }
  for (const text of ['service:shop', 'service:shop {name:GET*}', 'is:orphan OR service:shop']) {
    const asked = { query: parseQuery(text), range }
    const { facets, sampled } = await getFacets(engine, asked, sizes)
    assert.equal(sampled, true)
    const count = facets.find(facet => facet.key === 'service')?.values[0]?.count ?? 0
    assert.ok(close(count, 0.1), `about ${count} traces in facets for "${text}"`)
    const histogram = await getHistogram(engine, asked, sizes)
    assert.ok(close(histogram.total, 0.1), `about ${histogram.total} traces over time for "${text}"`)
    assert.equal(histogram.sampled, text === 'service:shop' ? undefined : true)
  }
})
