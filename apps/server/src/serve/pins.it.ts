import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ErrorResponse, PinnedTrace, PinsResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { storyTraceId, tellTrace } from '@waybill/model/story'
import type { RunningServer } from './test-server.ts'
import { runServer } from './test-server.ts'

const pinned = storyTraceId(1)
let server: RunningServer

before(async () => {
  server = await runServer()
  await server.send(
    tellTrace(1, [
      { id: 1, at: [0, 20], service: 'shop', name: 'order' },
      { id: 2, parent: 1, at: [5, 10], service: 'billing', error: true },
    ]),
  )
})
after(() => server.stop())

function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url + path, { method, headers })
}

async function pins(): Promise<readonly PinnedTrace[]> {
  return ((await (await ask('GET', apiPaths.pins)).json()) as PinsResponse).pins
}

async function errorOf(response: Response): Promise<readonly [number, string]> {
  return [response.status, ((await response.json()) as ErrorResponse).error.code]
}

test('a trace is pinned, listed and let go', async () => {
  assert.deepEqual(await pins(), [])
  const earliest = Date.now()
  const response = await ask('POST', apiPaths.pin(pinned))
  assert.equal(response.status, 200)
  const trace = (await response.json()) as PinnedTrace
  assert.ok(trace.pinnedUnixMs >= earliest && trace.pinnedUnixMs <= Date.now())
  const { pinnedUnixMs: _, ...rest } = trace
  assert.deepEqual(rest, {
    traceId: pinned,
    startUnixNano: '1700000000000000000',
    durationNano: 20_000_000,
    rootService: 'shop',
    rootName: 'order',
    spanCount: 2,
    errorCount: 1,
  })
  assert.deepEqual(await (await ask('POST', apiPaths.pin('1'))).json(), trace, 'a short id is the same trace')
  assert.deepEqual(await pins(), [trace])
  for (let times = 0; times < 2; times++)
    assert.equal((await ask('DELETE', apiPaths.pin(pinned))).status, 204)
  assert.deepEqual(await pins(), [])
  assert.equal((await ask('GET', apiPaths.trace(pinned))).status, 200)
})

test('what cannot be pinned is refused', async () => {
  assert.deepEqual(await errorOf(await ask('POST', apiPaths.pin(storyTraceId(99)))), [404, 'NOT_FOUND'])
  assert.deepEqual(await errorOf(await ask('POST', apiPaths.pin('no id'))), [400, 'BAD_PARAMETER'])
  const wrong = await ask('GET', apiPaths.pin(pinned))
  assert.equal(wrong.headers.get('allow'), 'POST, DELETE')
  assert.deepEqual(await errorOf(wrong), [405, 'METHOD_NOT_ALLOWED'])
})

test('a page of another site can change nothing, one of this site can', async () => {
  for (const site of ['cross-site', 'same-site'])
    for (const method of ['POST', 'DELETE'])
      assert.deepEqual(
        await errorOf(await ask(method, apiPaths.pin(pinned), { 'sec-fetch-site': site })),
        [403, 'CROSS_SITE'],
        `${method} ${site}`,
      )
  for (const site of ['same-origin', 'none'])
    assert.equal((await ask('POST', apiPaths.pin(pinned), { 'sec-fetch-site': site })).status, 200, site)
  await ask('DELETE', apiPaths.pin(pinned))
})
