import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tellTrace } from '@waybill/model/story'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'
import type { LegacyTrace } from './trace-model.ts'

let server: RunningServer
before(async () => {
  server = await runServer({ httpMaxClockSkew: '10s' })
  await server.send(
    tellTrace(1, [
      { id: 2, service: 'shop', kind: 'client', at: [10_010, 10_090] },
      { id: 3, parent: 2, service: 'bank', kind: 'server', at: [5_000, 5_060] },
      { id: 4, parent: 3, service: 'bank', kind: 'producer', at: [5_010, 5_020] },
      { id: 5, parent: 4, service: 'mail', kind: 'consumer', at: [1_000, 1_010] },
    ]),
  )
})
after(() => server.stop())

/** Starts in milliseconds of the story, with what is said of them. */
async function starts(path: string): Promise<readonly (readonly [number, unknown])[]> {
  const { data } = (await (await fetch(server.url + path)).json()) as {
    readonly data: readonly LegacyTrace[]
  }
  const spans = (data[0]?.spans ?? []).toSorted((a, b) => (a.spanID < b.spanID ? -1 : 1))
  return spans.map(({ startTime, warnings }) => [startTime / 1000 - 1_700_000_000_000, warnings])
}

test('a clock that is wrong by no more than is set is put right, and each span says so', async () => {
  const said = ["This span's timestamps were adjusted by 5.02s"]
  const adjusted = [
    [10_010, null],
    [10_020, said],
    [10_030, said],
    // Behind the queue nothing is shifted
    [1_000, null],
  ]
  assert.deepEqual(await starts('/api/traces/1'), adjusted)
  assert.deepEqual(await starts('/api/traces?traceID=1'), adjusted)
})

test('raw is as it was sent', async () => {
  const raw = [10_010, 5_000, 5_010, 1_000].map(ms => [ms, null])
  assert.deepEqual(await starts('/api/traces/1?raw=true'), raw)
  assert.deepEqual(await starts('/api/traces?traceID=1&raw=1'), raw)
})
