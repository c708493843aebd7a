import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { apiPaths } from '@waybill/api'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import type { Waybill } from './main.ts'
import { startWaybill } from './main.ts'

const dayMs = 86_400_000

test('a server drops what is past its age when it starts, says so, and keeps what is pinned', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-retention-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lines: string[] = []
  const start = (retentionTraces: string): Promise<Waybill> => {
    const flags = { data: folder, retentionTraces, ports: 'free' }
    const log = createLog({ level: 'info', format: 'text' }, { write: line => lines.push(line) })
    return startWaybill(readConfig({ flags, env: {}, folder }), log, '0.0.0-test')
  }
  const [pinned, old, recent] = [1, 2, 3].map(number => String(number).padStart(32, '0')) as [
    string,
    string,
    string,
  ]
  const status = async (server: Waybill, path: string, method = 'GET'): Promise<number> =>
    (await fetch(server.web.url.replace(/\/$/, '') + path, { method })).status

  const first = await start('off')
  try {
    await send(first, pinned, Date.now() - 10 * dayMs)
    await send(first, old, Date.now() - 10 * dayMs)
    await send(first, recent, Date.now())
    assert.equal(await status(first, apiPaths.pin(pinned), 'POST'), 200)
  } finally {
    await first.close()
  }
  assert.deepEqual(
    lines.filter(line => line.includes('dropped')),
    [],
  )

  const second = await start('7d')
  try {
    while (!lines.some(line => line.includes('dropped the spans of a day'))) await setTimeout(20)
    const day = new Date(Date.now() - 10 * dayMs).toISOString().slice(0, 10)
    assert.match(lines.find(line => line.includes('dropped')) ?? '', new RegExp(`day=${day} spans=2 `))
    const metrics = await (await fetch(`${second.health.url.replace(/\/$/, '')}/metrics`)).text()
    assert.match(metrics, /^waybill_retention_dropped_spans_total\{reason="age"\} 2$/m)
    for (const [traceId, expected] of [
      [pinned, 200],
      [old, 404],
      [recent, 200],
    ] as const)
      assert.equal(await status(second, apiPaths.trace(traceId)), expected, traceId)
  } finally {
    await second.close()
  }
})

async function send(server: Waybill, traceId: string, startMs: number): Promise<void> {
  const url = server.receivers.find(({ name }) => name === 'otlp-http')?.url
  const span = {
    traceId,
    spanId: traceId.slice(16),
    name: 'work',
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 5}000000`,
  }
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  })
  assert.equal(response.status, 200)
}
