import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { runCommand } from '../set-up/run-command.ts'
import type { Counts } from './counts.ts'
import { closing, failure, isSuccess, nothing, sum } from './counts.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-suite-'))
})
afterEach(async () => {
  delete process.env['PROPERTY_SEED']
  await rm(folder, { recursive: true })
})

/** Runs a file as a suite, in a process of its own: node:test does not run inside of itself. */
async function runFile(source: string): Promise<{
  readonly counts: Omit<Counts, 'failures'>
  readonly failures: readonly string[]
  readonly lines: string
}> {
  const file = join(folder, 'some.test.mjs')
  await writeFile(file, source)
  const suite = new URL('./node-suite.ts', import.meta.url).href
  const program = `
    import { runNodeSuite } from ${JSON.stringify(suite)}
    const options = { concurrency: 1, timeoutMs: 4_000, silenceMs: 5_000, env: { COLOR: 'blue' } }
    const counts = await runNodeSuite([${JSON.stringify(file)}], options, line => console.log(line))
    console.log(JSON.stringify(counts))`
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const runner = join(folder, 'runner.mjs')
  await writeFile(runner, program)
  const { output } = await runCommand(process.execPath, [runner], { env })
  const lines = output.trimEnd().split('\n')
  const { failures, ...counts }: Counts = JSON.parse(lines.pop() ?? '')
  return { counts, failures, lines: lines.join('\n') }
}

const imports = "import { describe, test } from 'node:test'; import assert from 'node:assert';"

test('passed, skipped and nested tests are counted, groups are not', async () => {
  const { counts, lines } = await runFile(`${imports}
    test('one', () => assert.equal(process.env.COLOR, 'blue'))
    test('two', { skip: true }, () => {})
    describe('group', () => { test('three', () => {}) })
    console.log('chatter')`)
  assert.deepEqual(counts, { passed: 2, failed: 0, skipped: 1 })
  assert.match(lines, /^✓ .*some\.test\.mjs {2}2 passed, 1 skipped {2}\(\d+\.\d s\)$/)
})

test('a test that says why it is skipped is told', async () => {
  const { counts, lines } = await runFile(`${imports}
    test('one', t => t.skip('no registry'))
    test('two', () => {})`)
  assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 1 })
  assert.match(lines, /^! one skipped: no registry$/m)
})

test('a failure is told with its place, its reason and what was printed', async () => {
  const { counts, failures, lines } = await runFile(`${imports}
    describe('group', () => {
      test('good', () => {})
      test('bad', () => { console.log('a clue'); assert.equal(1, 2) })
    })`)
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 })
  assert.match(lines, /✗ .*some\.test\.mjs:4 bad/)
  assert.match(lines, /1 !== 2|1 == 2/)
  assert.match(lines, /a clue/)
  assert.equal(failures.length, 1)
  assert.match(failures[0] ?? '', /some\.test\.mjs:4 bad\n.*(1 !== 2|1 == 2)/s)
})

test('a file that cannot be loaded, has no test, or does not end is a failure', async () => {
  const broken = await runFile("import './nothing.mjs'")
  assert.deepEqual(broken.counts, { passed: 0, failed: 1, skipped: 0 })
  assert.match(broken.lines, /Cannot find module/)
  const empty = await runFile('')
  assert.deepEqual(empty.counts, { passed: 0, failed: 1, skipped: 0 })
  assert.match(empty.lines, /there is no test in it/)
  const open = await runFile(`${imports} setInterval(() => {}, 1000); test('good', () => {})`)
  assert.deepEqual(open.counts, { passed: 1, failed: 1, skipped: 0 })
  assert.match(open.lines, /no test began or ended for 5 s/)
})

test('suites are added up, and a run in which nothing passed has failed', () => {
  const total = sum([
    { ...nothing, passed: 3, skipped: 1 },
    { ...nothing, passed: 2 },
    failure('✗ a.ts:1 bad'),
  ])
  assert.equal(closing(total), '\n── failed ──\n✗ a.ts:1 bad\n\n5 passed, 1 failed, 1 skipped')
  assert.equal(isSuccess(total), false)
  assert.equal(isSuccess({ passed: 1, failed: 0 }), true)
  assert.equal(isSuccess(nothing), false)
  assert.equal(closing({ ...nothing, passed: 1 }), '\n1 passed, 0 failed, 0 skipped')
})

test('properties draw the same examples on every run, and others for another seed', async () => {
  const source = `${imports}
    import fc from ${JSON.stringify(import.meta.resolve('fast-check'))}
    test('drawn', () => assert.fail('drawn ' + fc.sample(fc.nat(), 3)))`
  const drawn = async () => (await runFile(source)).failures.join().match(/drawn [\d,]+/)?.[0]
  const [first, again] = [await drawn(), await drawn()]
  assert.notEqual(first, undefined)
  assert.equal(again, first)
  process.env['PROPERTY_SEED'] = '2'
  assert.notEqual(await drawn(), first)
  process.env['PROPERTY_SEED'] = 'twelve'
  assert.match((await runFile(source)).lines, /PROPERTY_SEED is a whole number or random, not twelve/)
})
