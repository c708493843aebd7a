import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { createLog } from '../log.ts'
import { StartupError } from '../startup-error.ts'
import type { StrategySource } from './strategy-source.ts'
import { openStrategySource } from './strategy-source.ts'

interface Bench {
  readonly file: string
  readonly lines: readonly string[]
  readonly open: (reloadMs?: number) => StrategySource
  /** Waits for the next log line. */
  readonly nextLine: () => Promise<string>
}

function bench(t: TestContext): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sampling-'))
  const file = join(folder, 'strategies.json')
  const lines: string[] = []
  const emitter = new EventEmitter()
  const write = (line: string): void => {
    lines.push(line)
    emitter.emit('line', line)
  }
  const log = createLog({ level: 'info', format: 'text' }, { write })
  // A source does not hold the process; a test that waits for it has to.
  const holding = setInterval(() => {}, 1_000)
  t.after(() => {
    clearInterval(holding)
    rmSync(folder, { recursive: true })
  })
  return {
    file,
    lines,
    open: (reloadMs = 5) => {
      const source = openStrategySource({ file, defaultProbability: 1, reloadMs, log })
      t.after(source.close)
      return source
    },
    nextLine: async () => String((await once(emitter, 'line'))[0]),
  }
}

function content(param: number): string {
  return JSON.stringify({ default_strategy: { type: 'probabilistic', param } })
}

function rateOf(source: StrategySource): number | undefined {
  const strategy = source.strategyOf('any')
  return 'probabilisticSampling' in strategy ? strategy.probabilisticSampling.samplingRate : undefined
}

test('a change is taken; a bad one is told once, and what was read before stays', async t => {
  const { file, lines, open, nextLine } = bench(t)
  writeFileSync(file, content(0.1))
  const source = open()
  assert.equal(rateOf(source), 0.1)

  let line = nextLine()
  writeFileSync(file, content(0.2))
  assert.match(await line, /info {2}read the sampling strategies of .* again services=0/)
  assert.equal(rateOf(source), 0.2)

  line = nextLine()
  writeFileSync(file, content(2))
  assert.match(
    await line,
    /error cannot read the sampling strategies of .*: default_strategy\.param: a probability is at most 1; those read before stay/,
  )
  assert.equal(rateOf(source), 0.2)

  line = nextLine()
  rmSync(file)
  assert.match(await line, /error cannot read .*: ENOENT; those read before stay/)
  assert.equal(rateOf(source), 0.2)

  line = nextLine()
  writeFileSync(`${file}.new`, content(0.3))
  renameSync(`${file}.new`, file)
  await line
  assert.equal(rateOf(source), 0.3)
  assert.equal(lines.length, 4)
})

test('a file that comes back as it was is told as read again', async t => {
  const { file, open, nextLine } = bench(t)
  writeFileSync(file, content(0.1))
  const source = open()
  let line = nextLine()
  renameSync(file, `${file}.away`)
  await line
  line = nextLine()
  renameSync(`${file}.away`, file)
  assert.match(await line, /read the sampling strategies/)
  assert.equal(rateOf(source), 0.1)
})

test('a link that is swapped is seen, as Kubernetes mounts its files', async t => {
  const { file, open, nextLine } = bench(t)
  writeFileSync(`${file}.1`, content(0.1))
  writeFileSync(`${file}.2`, content(0.2))
  symlinkSync(`${file}.1`, file)
  const source = open()
  const line = nextLine()
  symlinkSync(`${file}.2`, `${file}.link`)
  renameSync(`${file}.link`, file)
  await line
  assert.equal(rateOf(source), 0.2)
})

test('at the start a file that is not there or not right ends the server', t => {
  const { file, open } = bench(t)
  const isTold = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StartupError)
    assert.equal(error.exitCode, 2)
    assert.match(error.message, pattern)
    return true
  }
  assert.throws(() => open(), isTold(/strategies\.json: ENOENT \(setting sampling\.file\)$/))
  writeFileSync(file, '{')
  assert.throws(() => open(), isTold(/strategies\.json: no JSON: .* \(setting sampling\.file\)$/))
})

test('without a file every service is told the default', t => {
  const log = createLog({ level: 'info', format: 'text' })
  const source = openStrategySource({ file: '', defaultProbability: 0.75, reloadMs: 1, log })
  t.after(source.close)
  assert.equal(rateOf(source), 0.75)
})
