import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startHealth } from './health.ts'
import { createMetrics } from './metrics.ts'

test('health is 503 until the server is available and after, 200 in between, in the form of Jaeger', async t => {
  const health = await startHealth({ host: '127.0.0.1', port: 0 }, createMetrics().registry)
  t.after(() => health.close())
  const before = await fetch(health.url)
  assert.deepEqual([before.status, await before.json()], [503, { status: 'Server not available' }])
  health.setAvailable(true)
  for (const path of ['/', '/health']) {
    const response = await fetch(health.url + path)
    assert.equal(response.status, 200)
    const { status, upSince, uptime } = (await response.json()) as Record<string, string>
    assert.equal(status, 'Server available')
    assert.ok(Math.abs(Date.parse(upSince as string) - Date.now()) < 60_000)
    assert.match(uptime as string, /^\d+\.\d{3}s$/)
  }
  health.setAvailable(false)
  assert.equal((await fetch(health.url)).status, 503)
})

test('metrics are in the form of Prometheus: the counters, the spool, the event loop', async t => {
  const metrics = createMetrics()
  const health = await startHealth({ host: '127.0.0.1', port: 0 }, metrics.registry)
  t.after(() => health.close())
  let bytes = 5
  metrics.watchSpool({
    get bytes() {
      return bytes
    },
    segments: 1,
  })
  metrics.receiver('otlp-http').request('accepted')
  metrics.receiver('otlp-http').rejected(3, 'spool_full')
  metrics.spool.stored(7, 20)
  bytes = 6
  const response = await fetch(`${health.url}/metrics`)
  assert.match(response.headers.get('content-type') as string, /^text\/plain/)
  const text = await response.text()
  for (const line of [
    'waybill_requests_total{receiver="otlp-http",outcome="accepted"} 1',
    'waybill_spans_rejected_total{receiver="otlp-http",reason="spool_full"} 3',
    'waybill_spans_stored_total 7',
    'waybill_load_seconds_bucket{le="0.025"} 1',
    'waybill_spool_bytes 6',
    'waybill_spool_segments 1',
  ])
    assert.ok(text.includes(`${line}\n`), line)
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m)
})
