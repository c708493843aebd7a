import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { JaegerRemoteSampler } from '@opentelemetry/sampler-jaeger-remote'
import { AlwaysOffSampler, SamplingDecision } from '@opentelemetry/sdk-trace-base'
import { readConfig } from '../config.ts'
import { reflect } from '../grpc/reflective-client.ts'
import { createLog } from '../log.ts'
import { StartupError } from '../startup-error.ts'
import { startSampling } from './start.ts'
import { jaegersAnswers, strategiesFile } from './strategies-fixture.ts'

async function start(t: TestContext, flags: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sampling-'))
  const file = join(folder, 'strategies.json')
  writeFileSync(file, JSON.stringify(strategiesFile))
  const config = readConfig({ env: {}, folder, flags: { ports: 'free', samplingFile: file, ...flags } })
  const sampling = await startSampling(config, createLog({ level: 'error', format: 'text' }))
  t.after(async () => {
    await sampling.close()
    rmSync(folder, { recursive: true })
  })
  const urlOf = (name: string): string => sampling.listening.find(one => one.name === name)?.url ?? ''
  return { sampling, http: urlOf('sampling-http'), grpc: urlOf('sampling-grpc') }
}

test('over HTTP at any path, as Jaeger answers it', async t => {
  const { http } = await start(t)
  for (const [service, answer] of Object.entries(jaegersAnswers)) {
    for (const path of ['/sampling', '/', '/api/sampling/x', `/${'x'.repeat(200)}`]) {
      const response = await fetch(`${http}${path}?service=${encodeURIComponent(service)}&extra=1`)
      assert.match(response.headers.get('content-type') ?? '', /^application\/json\b/)
      assert.equal(await response.text(), JSON.stringify(answer))
    }
  }
})

test('the service has to be there once', async t => {
  const { http } = await start(t)
  for (const query of ['', '?', '?services=a', '?service=a&service=a']) {
    const response = await fetch(`${http}/sampling${query}`)
    assert.equal(response.status, 400)
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(await response.text(), "'service' parameter must be provided once\n")
  }
  assert.equal((await fetch(`${http}/sampling?service=`)).status, 200)
  assert.equal((await fetch(`${http}/sampling?what?&service=a`)).status, 200)
  const posted = await fetch(`${http}/sampling?service=a`, { method: 'POST', body: '{}' })
  assert.equal(posted.status, 405)
  assert.equal(posted.headers.get('allow'), 'GET, HEAD')
  const undecodable = await fetch(`${http}/%ff?service=a`)
  assert.equal(undecodable.status, 400)
})

test("OpenTelemetry's remote sampler follows it", async t => {
  const { http } = await start(t)
  // The sampler never ends its timer.
  const { setInterval } = globalThis
  t.mock.method(globalThis, 'setInterval', (...parameters: Parameters<typeof setInterval>) =>
    setInterval(...parameters).unref(),
  )
  const sampler = new JaegerRemoteSampler({
    endpoint: http,
    serviceName: 'unheard',
    poolingInterval: 5,
    initialSampler: new AlwaysOffSampler(),
  })
  const keeps = (operation: string): boolean => {
    const traceId = 'ffffffffffffffffffffffffffffffff'
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, traceId, operation, SpanKind.SERVER, {}, [])
    return decision === SamplingDecision.RECORD_AND_SAMPLED
  }
  const ticks = setInterval(() => {}, 1_000)
  t.after(() => clearInterval(ticks))
  while (!keeps('pay')) await new Promise(setImmediate)
  assert.equal(keeps('health'), false)
})

test('over gRPC, for a client that has the messages from reflection', async t => {
  const { grpc } = await start(t)
  for (const version of ['v1', 'v1alpha'] as const) {
    const client = await reflect(grpc, { version })
    t.after(client.close)
    assert.deepEqual(client.services, [
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'jaeger.api_v2.SamplingManager',
    ])
    for (const [serviceName, answer] of Object.entries(jaegersAnswers)) {
      const answers = await client.call('jaeger.api_v2.SamplingManager', 'GetSamplingStrategy', {
        serviceName,
      })
      assert.deepEqual(answers, [answer])
    }
  }
})

test('a port is switched off, and one that is taken is named', async t => {
  const { sampling, http } = await start(t, { samplingGrpcEnabled: 'false' })
  assert.deepEqual(
    sampling.listening.map(({ name }) => name),
    ['sampling-http'],
  )
  const samplingGrpcPort = new URL(http).port
  await assert.rejects(start(t, { samplingGrpcPort }), (error: unknown) => {
    assert.ok(error instanceof StartupError)
    assert.match(
      error.message,
      /for remote sampling over gRPC: the port is in use \(setting sampling\.grpc\.port\)/,
    )
    return true
  })
})
