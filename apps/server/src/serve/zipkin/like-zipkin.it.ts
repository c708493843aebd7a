import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { ZipkinSpan } from '@waybill/wire/zipkin'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'
import type { RecordedAnswer } from './fixtures/record.ts'
import { fixturePaths } from './fixtures/requests.ts'
import { sampleSpans, sampleStartMs } from './fixtures/sample.ts'

const call = '00000000000000a1'
const order = '4bf92f3577b34da6a3ce929d0e0e4736'
const tick = '00000000000000c300000000000000d4'

const file = await readFile(new URL('fixtures/zipkin-3.5.json', import.meta.url), 'utf8')
const recorded = JSON.parse(file) as readonly RecordedAnswer[]

/** Answers that are not Zipkin's, and why; docs/migrate-from-zipkin.md lists the same. */
const otherAnswers: Readonly<Record<string, (body: unknown) => void>> = {
  // Every span of a trace may lie in the range, not its first one alone
  [`/traces?endTs=${sampleStartMs + 7000}&lookback=1`]: body => assert.deepEqual(traceIdsOf(body), [order]),
  // Every failed span has the tag, whatever the failure says
  [`/traces?annotationQuery=error%3Dtrue&endTs=${sampleStartMs + 3_600_000}&lookback=3600000`]: body =>
    assert.deepEqual(traceIdsOf(body), [tick, order, call]),
  // No setting has to name them
  '/autocompleteKeys': body =>
    assert.deepEqual(body, [
      'clnt/finagle.version',
      'environment',
      'error',
      'http.method',
      'http.path',
      'kafka.key',
      'kafka.topic',
      'order.id',
      'sql.query',
    ]),
}

function traceIdsOf(body: unknown): readonly string[] {
  return (body as readonly (readonly ZipkinSpan[])[]).map(([span]) => span?.traceId ?? '')
}

/** As both mean it: links of dependencies have no order. */
function comparable(path: string, body: unknown): unknown {
  if (path.startsWith('/dependencies'))
    return (body as readonly object[]).map(link => JSON.stringify(link)).sort()
  return body
}

/** What a parameter lacks is said in other words. */
function gist(text: string): string {
  return text
    .replace('Mandatory parameter/header/attribute', 'Mandatory parameter')
    .replace(/^For input string.*/, 'no number')
    .replace(/^\w+: "\w+" is no whole number$/, 'no number')
}

describe('answers are those of Zipkin 3.5', () => {
  let server: RunningServer
  let url: string
  before(async () => {
    server = await runServer()
    url = `${server.receiverUrl('zipkin')}/api/v2`
    await server.post(`${url}/spans`, JSON.stringify(sampleSpans), sampleSpans.length)
  })
  after(() => server.stop())

  for (const [place, path] of fixturePaths.entries())
    it(path, async () => {
      const zipkins = recorded[place]
      assert.equal(zipkins?.path, path)
      const reply = await fetch(url + path)
      const text = await reply.text()
      assert.equal(reply.status, zipkins.status, text)
      const other = otherAnswers[path]
      if (other !== undefined) return other(JSON.parse(text))
      if (reply.ok) assert.deepEqual(comparable(path, JSON.parse(text)), comparable(path, zipkins.body))
      else assert.equal(gist(text), gist(String(zipkins.body)))
    })
})
