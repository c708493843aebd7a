import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tellTrace } from '@waybill/model/story'
import type { RunningServer } from '../serve/test-server.ts'
import { runServer } from '../serve/test-server.ts'

const program = fileURLToPath(new URL('../../bin/waybill.js', import.meta.url))
const report = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'report',
  'messaging.destination.partition.id': '0',
  'messaging.kafka.offset': 17,
}
const story = tellTrace(0x4bf92f35, [
  { id: 1, name: 'report_request', service: 'report-api', kind: 'server', at: [0, 60] },
  {
    id: 2,
    parent: 1,
    name: 'report_producer',
    service: 'report-api',
    kind: 'producer',
    at: [10, 50],
    attributes: report,
  },
  {
    id: 3,
    parent: 2,
    name: 'report_consumer',
    service: 'report-worker',
    kind: 'consumer',
    at: [2150, 3000],
    attributes: report,
  },
  { id: 4, parent: 3, name: 'doWork:5', service: 'report-worker', at: [2500, 2900], error: true },
])

let server: RunningServer
before(async () => {
  server = await runServer()
  await server.send(story)
})
after(() => server.stop())

/** Runs `waybill` to its end. Its output is no terminal. */
function waybill(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { WAYBILL_URL: server.url },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { WAYBILL_URL: _, FORCE_COLOR: __, ...inherited } = process.env
  return new Promise(resolve => {
    const options = { env: { ...inherited, TZ: 'UTC', ...env } }
    const child = execFile(process.execPath, [program, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

test('waybill trace draws the timeline, without colours where there is no terminal', async t => {
  const { code, stdout, stderr } = await waybill(['trace', story.traceId])
  assert.deepEqual([code, stderr], [0, ''])
  t.assert.fileSnapshot(stdout, join(import.meta.dirname, 'fixtures/trace-piped.txt'), {
    serializers: [String],
  })
})

test('waybill trace takes the address of a page, and prints JSON', async () => {
  const { stdout } = await waybill(['trace', `${server.url}/trace/4bf92f35?span=1`, '--json'])
  const { trace, messages } = JSON.parse(stdout)
  assert.equal(trace.traceId, story.traceId)
  assert.equal(messages[0].waitedNano, 2_100_000_000)
})

test('waybill search lists what a query finds', async () => {
  const everything = ['--last', '999w']
  const found = await waybill(['search', 'topic:report is:error OR service:report-worker', ...everything])
  assert.equal(found.code, 0, found.stderr)
  assert.match(found.stdout, /^report_request {2}report-api → report → report-worker +3 s {2}✕ 1$/m)
  assert.match(
    found.stdout,
    new RegExp(`^${story.traceId}  2023-11-14 22:13:20.000 · 4 spans · 1 message · waited 2.1 s$`, 'm'),
  )
  const { stdout } = await waybill(['search', '--json', '--limit', '1', ...everything])
  assert.equal(JSON.parse(stdout).traces[0].traceId, story.traceId)
  const slowest = await waybill(['search', '--sort', 'slowest', ...everything])
  assert.match(slowest.stdout, /report_request/)
  const nothing = await waybill(['search', 'service:nobody', '--last', '15m'])
  assert.equal(nothing.stdout, 'no trace in the last 15m matches; --last looks further back\n')
})

test('what goes wrong is one line on stderr, and an exit code', async () => {
  const told = async (...args: string[]) => {
    const { code, stderr, stdout } = await waybill(args)
    assert.equal(stdout, '')
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    return `${code} ${stderr.trimEnd()}`
  }
  assert.equal(
    await told('trace', '1'),
    '1 waybill: nothing is stored of trace 00000000000000000000000000000001. Check the id and the time range.',
  )
  assert.equal(await told('trace', 'xyz'), '2 waybill: "xyz" is no trace id: expecting 1 to 32 hex digits')
  assert.match(
    await told('search', 'service:'),
    /^1 waybill: .*\(at character 9 of the query\)\. Correct the query/,
  )
  assert.match(
    await told('search', '--limit', '0'),
    /^1 waybill: limit: must be a whole number from 1 to 1500/,
  )
  assert.match(await told('search', '--sort', 'fastest'), /^1 waybill: sort: must be newest or slowest/)
  const nobody = await waybill(['search'], { WAYBILL_URL: 'http://127.0.0.1:1' })
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /^waybill: (no Waybill server at|cannot reach) http:\/\/127\.0\.0\.1:1.*\n$/)
})
