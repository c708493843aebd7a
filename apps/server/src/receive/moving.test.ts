import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { PartialTraces } from '@waybill/wire/otlp'
import { configSchema } from '../config/schema.ts'
import { httpDoors } from './hostile/test-ways.ts'

/** What others answered, as recorded for the tests of the query APIs. */
interface Recorded {
  readonly path: string
  readonly status: number
  readonly body: unknown
}

function recorded(file: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`../serve/${file}`, import.meta.url), 'utf8'))
}

async function storedNames(
  t: TestContext,
  door: keyof typeof httpDoors,
  path: string,
  bodies: readonly unknown[],
): Promise<readonly string[]> {
  const { door: behind, send } = await httpDoors[door](path, 'application/json')(t)
  for (const body of bodies) {
    const { reason } = await send(Buffer.from(JSON.stringify(body)))
    assert.equal(reason, '')
  }
  return behind.names()
}

test("what Jaeger's v3 API answers can be posted to 4318", async t => {
  const answers = recorded('jaeger/fixtures/jaeger-2.20.json').filter(
    ({ path, status }) => path.startsWith('/api/v3/traces') && status === 200,
  )
  // `jq .result`
  const bodies = answers.map(({ body }) => (body as { readonly result: PartialTraces }).result)
  const names = await storedNames(t, 'otlp', '/v1/traces', bodies)
  const spans = bodies
    .flatMap(({ resourceSpans = [] }) => resourceSpans)
    .flatMap(({ scopeSpans = [] }) => scopeSpans)
    .flatMap(({ spans = [] }) => spans)
  assert.deepEqual([...names].sort(), spans.map(span => span.name).sort())
})

test("what Zipkin's API answers can be posted to 9411", async t => {
  const answers = recorded('zipkin/fixtures/zipkin-3.5.json').filter(
    ({ path, status }) => path.startsWith('/traces?') && status === 200,
  )
  // `jq 'flatten(1)'`
  const bodies = answers.map(({ body }) => (body as readonly (readonly unknown[])[]).flat())
  const names = await storedNames(t, 'zipkin', '/api/v2/spans', bodies)
  assert.equal(names.length, bodies.flat().length)
})

test('the ports that the documents promise are the defaults', () => {
  const config = configSchema.parse({})
  const ports = [
    config.otlpGrpc.port,
    config.otlpHttp.port,
    config.jaegerGrpc.port,
    config.jaegerHttp.port,
    config.jaegerCompact.port,
    config.jaegerBinary.port,
    config.jaegerZipkin.port,
    config.zipkin.port,
    config.sampling.http.port,
    config.sampling.grpc.port,
    config.queryGrpc.port,
    config.http.port,
    config.health.port,
  ]
  const doc = readFileSync(new URL('../../../../docs/migrate-from-jaeger.md', import.meta.url), 'utf8')
  const table = doc.slice(doc.indexOf('## What is where'), doc.indexOf('## Take your'))
  for (const port of ports) assert.ok(new RegExp(`^\\|[^|]*\\b${port}\\b`, 'm').test(table), String(port))
})
