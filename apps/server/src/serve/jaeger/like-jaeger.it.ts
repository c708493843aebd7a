import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { PartialTraces } from '@waybill/wire/otlp'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'
import { comparableLegacy, comparableV3, correctedLegacy, correctedV3 } from './fixtures/comparable.ts'
import type { RecordedAnswer } from './fixtures/record.ts'
import type { FixtureRequest } from './fixtures/requests.ts'
import { fixtureRequests } from './fixtures/requests.ts'

const read = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const sample = await read('sample.json')
const recorded = JSON.parse(await read('jaeger-2.20.json')) as readonly RecordedAnswer[]

/** Answers that are not Jaeger's, and why; docs/jaeger-api.md lists the same. */
const otherAnswers: Readonly<Record<string, { readonly status: number; readonly why: string }>> = {
  '/api/traces?service=shop&limit=0': {
    status: 400,
    why: 'what the client got wrong is no failure of the server',
  },
  '/api/traces?service=shop&start=1700000000000000&end=1600000000000000': {
    status: 400,
    why: 'a range that ends before it begins is a mistake, and is named',
  },
  '/api/v3/traces?query.startTimeMin=2023-11-14T22:00:00Z&query.startTimeMax=2023-11-14T23:00:00.5Z&query.searchDepth=0':
    { status: 400, why: 'as limit=0' },
  '/api/services/no/operations': { status: 200, why: 'an empty list, where Jaeger has null' },
  '/api/metrics/calls?service=shop': { status: 200, why: 'no Prometheus is needed' },
  '/api/dependencies?endTs=1700003600000&lookback=7200000': {
    status: 200,
    why: 'calls inside of a service are none between services; links across traces are',
  },
  '/api/dependencies?endTs=1700003600000&lookback=7200000&service=billing': { status: 200, why: 'the same' },
}

let server: RunningServer
before(async () => {
  server = await runServer()
  await server.sendRequest(JSON.parse(sample) as PartialTraces)
})
after(() => server.stop())

interface Answer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

async function ask({ method = 'GET', path, body }: FixtureRequest): Promise<Answer> {
  const content = body === 'sample' ? sample : body
  const reply = await fetch(server.url + path, {
    method,
    ...(content === undefined ? {} : { body: content }),
  })
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type') ?? '',
    text: await reply.text(),
  }
}

const typeOf = (contentType: string) => contentType.split(';')[0]
/** What Jaeger's error says up to where the words of Go's libraries begin. */
const gist = (text: string) =>
  text.split(/strconv|parsing|time:|ReadObject|invalid (?:character|length)/)[0] ?? ''

for (const [i, request] of fixtureRequests.entries()) {
  const jaegers = recorded[i]
  test(`${request.method ?? 'GET'} ${request.path}${request.body ? ` ${request.body}` : ''}`, async () => {
    assert.equal(jaegers?.path, request.path)
    const answer = await ask(request)
    const other = otherAnswers[request.path]
    assert.equal(answer.status, other?.status ?? jaegers.status, answer.text)
    if (other !== undefined) return
    assert.equal(typeOf(answer.contentType), typeOf(jaegers.contentType))
    if (typeof jaegers.body === 'string') return assert.equal(answer.text, jaegers.body)
    const ours = JSON.parse(answer.text) as object
    if (answer.status >= 400) {
      assert.ok(answer.text.endsWith('}\n'))
      const [error, expected] = [errorOf(ours), errorOf(jaegers.body as object)]
      assert.equal(error.code, expected.code)
      return assert.ok(error.message.startsWith(gist(expected.message)), error.message)
    }
    if (request.path.startsWith('/api/v3/'))
      return assert.deepEqual(comparableV3(ours), comparableV3(correctedV3(jaegers.body)))
    assert.deepEqual(comparableLegacy(ours), comparableLegacy(correctedLegacy(jaegers.body as object)))
  })
}

function errorOf(body: object): { readonly code: number; readonly message: string } {
  if ('error' in body) {
    const { httpCode, message } = body.error as { readonly httpCode: number; readonly message: string }
    return { code: httpCode, message }
  }
  const { errors } = body as { readonly errors: readonly { readonly code: number; readonly msg: string }[] }
  assert.equal(errors.length, 1)
  return { code: errors[0]?.code ?? 0, message: errors[0]?.msg ?? '' }
}
