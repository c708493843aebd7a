import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runGuarded, setUp, Unavailable, untilLine } from '@waybill/brokers'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { ServiceName } from './services.ts'
import { services } from './services.ts'

let waybill: TestWaybill
before(async () => {
  waybill = await startWaybill()
})
after(() => waybill?.stop())

const startMs = 60_000
const graceMs = 10_000

interface Page {
  /** What the example said of services that do not run. */
  readonly notes: readonly string[]
  ask(id: string): Promise<Answer>
}

interface Answer {
  readonly httpStatus: number
  readonly text: string
  readonly url: string
}

/** Runs the example on a machine that has one service installed, and the tools for no other. */
async function withOnly(
  t: TestContext,
  name: ServiceName,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const service = services.find(service => service.name === name)
  assert.ok(service)
  const installed = await setUp(service.workshop, () => undefined).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
    t.skip(`${name}: ${error.message}`)
  })
  if (installed === undefined) return
  const folder = await mkdtemp(join(tmpdir(), 'hello-left-out-'))
  const shelf = join(folder, 'cache', 'programs')
  await mkdir(shelf, { recursive: true })
  await symlink(installed, join(shelf, basename(installed)))
  await symlink('/bin/sh', join(folder, 'sh'))
  const running = runGuarded({
    command: process.execPath,
    args: [fileURLToPath(new URL('./run.ts', import.meta.url))],
    env: {
      PATH: folder,
      WAYBILL_CACHE: join(folder, 'cache'),
      WAYBILL_URL: waybill.url,
      OTEL_EXPORTER_JAEGER_ENDPOINT: `${waybill.jaegerUrl}/api/traces`,
      OTEL_EXPORTER_JAEGER_AGENT_HOST: waybill.jaegerAgent.host,
      OTEL_EXPORTER_JAEGER_AGENT_PORT: waybill.jaegerAgent.port,
      PORT: '0',
    },
    graceMs,
  })
  try {
    const greeting = await untilLine(running, /^ready\s/, startMs)
    const url = greeting.at(-1)?.replace(/^ready +/, '')
    await use({
      notes: greeting.filter(line => line.startsWith('! ')),
      ask: async id => (await (await fetch(`${url}/questions/${id}`, { method: 'POST' })).json()) as Answer,
    })
  } finally {
    await running.end()
    await rm(folder, { recursive: true, force: true })
  }
}

function traceIdIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

test('without Python, one line says so; gotest runs, and the model is told without E', async t => {
  await withOnly(t, 'gotest', async ({ notes, ask }) => {
    assert.deepEqual(notes, ['! flask_sample is left out: python3 is not installed'])
    assert.deepEqual(await ask('flask'), {
      httpStatus: 503,
      text: 'flask_sample is left out: python3 is not installed',
      url: '',
    })
    const hello = await ask('go')
    assert.equal(hello.httpStatus, 200)
    assert.equal(outline(await waybill.trace(traceIdIn(hello.url), 7)).length, 7)
    const model = await ask('model')
    assert.match(model.text, /^message: told A to H without E: .*connection refused$/)
    const trace = await waybill.trace(traceIdIn(model.url), 7)
    assert.deepEqual(trace.trace.spans.map(({ name }) => name).sort(), ['A', 'B', 'C', 'D', 'F', 'G', 'H'])
    const c = spanNamed(trace, 'C')
    assert.equal(c.status.code, 'error')
    assert.equal(c.events[0]?.name, 'error')
  })
})

test('without Go, one line says so; flask_sample runs, and its trace shows what did not answer', async t => {
  await withOnly(t, 'flask_sample', async ({ notes, ask }) => {
    assert.deepEqual(notes, ['! gotest is left out: go is not installed'])
    assert.equal((await ask('go')).text, 'gotest is left out: go is not installed')
    assert.equal((await ask('model')).httpStatus, 503)
    assert.equal((await ask('nobody')).httpStatus, 400)
    const hello = await ask('flask')
    assert.equal(hello.httpStatus, 502)
    assert.match(hello.text, /^error: gotest does not answer: .*Connection refused/)
    const trace = await waybill.trace(traceIdIn(hello.url), 5)
    assert.deepEqual(
      trace.trace.spans.slice(1).map(({ service, name }) => `${service} ${name}`),
      [
        'flask_sample sqlalchemy.query',
        'flask_sample sqlalchemy.query',
        'flask_sample /sub',
        'flask_sample /sub',
      ],
    )
    // OpenCensus for Python says in this attribute only that a span failed; 2 is UNKNOWN.
    assert.deepEqual(
      trace.trace.spans.slice(3).map(span => attributesOf(span)['status.code']),
      [2, 2],
    )
    const failed = await waybill.find('service:flask_sample status.code:2', 1)
    assert.deepEqual(failed, [trace.trace.traceId])
  })
})
