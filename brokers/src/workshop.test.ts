import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Workshop } from './workshop.ts'
import { setUp, Unavailable } from './workshop.ts'

let cache = ''
let source = ''
before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'waybill-workshop-'))
  source = join(cache, 'source')
  await mkdir(source)
  await writeFile(join(source, 'main.go'), 'package main\n')
  process.env['WAYBILL_CACHE'] = cache
})
after(() => rm(cache, { recursive: true, force: true }))

const lines: string[] = []

function workshop(...setUp: Workshop['setUp']): Workshop {
  return { name: 'a-program', source, setUp, run: program => [program] }
}

function shell(script: string): Workshop {
  return workshop(['sh', '-c', script])
}

async function failure(broken: Workshop): Promise<Error> {
  return setUp(broken, line => lines.push(line)).then(
    () => assert.fail('it was set up'),
    (error: Error) => error,
  )
}

test('a folder is copied and set up once for each version of it', async () => {
  const script = 'echo . >>runs'
  const folder = await setUp(shell(script), line => lines.push(line))
  assert.equal(await setUp(shell(script), line => lines.push(line)), folder)
  assert.equal(await readFile(join(folder, 'runs'), 'utf8'), '.\n')
  assert.match(await readFile(join(folder, 'main.go'), 'utf8'), /^package main$/m)
  const other = await setUp(shell('echo changed'), line => lines.push(line))
  assert.notEqual(other, folder)
})

test('what another clone has set up stays for a day after it was last asked for', async () => {
  const [ours, theirs] = [shell('echo ours'), shell('echo theirs')].map(item => ({ ...item, name: 'shared' }))
  assert.ok(ours !== undefined && theirs !== undefined)
  const print = (line: string) => lines.push(line)
  const first = await setUp(ours, print)
  const marker = join(first, '.complete')
  const almostADay = new Date(Date.now() - 24 * 60 * 60_000 + 60_000)
  await utimes(marker, almostADay, almostADay)
  await setUp(theirs, print)
  assert.ok((await setUp({ ...ours }, print)) === first && !lines.at(-1)?.includes('echo ours'))
  assert.ok((await stat(marker)).mtimeMs > almostADay.getTime(), 'it was asked for')
  const moreThanADay = new Date(Date.now() - 24 * 60 * 60_000 - 1)
  await utimes(marker, moreThanADay, moreThanADay)
  await setUp({ ...theirs, setUp: [['sh', '-c', 'echo later']] }, print)
  await assert.rejects(stat(first), { code: 'ENOENT' })
})

test('where Node lies does not matter: two clones have one copy', async () => {
  const byNode = (path: string): Workshop => ({
    ...workshop([path, '--version']),
    name: 'by-node',
  })
  const own = await setUp(byNode(process.execPath), line => lines.push(line))
  const { execPath } = process
  const moved = join(cache, 'node')
  await symlink(execPath, moved)
  process.execPath = moved
  try {
    assert.equal(await setUp(byNode(moved), line => lines.push(line)), own)
  } finally {
    process.execPath = execPath
  }
})

test('a missing tool, and a registry that does not answer, are reasons to skip', async () => {
  const missing = await failure(workshop(['waybill-has-no-such-tool']))
  assert.ok(missing instanceof Unavailable)
  assert.equal(missing.message, 'waybill-has-no-such-tool is not installed')
  const answers = [
    'npm error code ECONNREFUSED',
    'Failed to establish a new connection: [Errno -3] Temporary failure in name resolution',
    'dial tcp: lookup registry on 127.0.0.1: no such host',
    'Could not transfer artifact: registry: Unknown host registry',
  ]
  for (const answer of answers) {
    const down = await failure(shell(`echo '${answer}' >&2; exit 1`))
    assert.ok(down instanceof Unavailable, answer)
    assert.match(down.message, /^no answer from the registry: /)
  }
})

test('a tool that does not fit is a reason to skip, and nothing is installed with it', async () => {
  const fitting: Workshop = { ...shell('echo . >>fitting'), name: 'fitting' }
  const needs = (script: string): Workshop => ({
    ...fitting,
    fits: { command: ['sh', '-c', script], otherwise: 'needs another shell' },
  })
  const unfit = await failure(needs('exit 1'))
  assert.ok(unfit instanceof Unavailable)
  assert.equal(unfit.message, 'needs another shell')
  const folder = await setUp(needs('exit 0'), line => lines.push(line))
  assert.equal(await readFile(join(folder, 'fitting'), 'utf8'), '.\n')
})

test('anything else that fails is a failure, is tried again, and says what it printed', async () => {
  for (const attempt of ['first', 'second']) {
    const error = await failure(shell('echo main.go:3: syntax error; exit 2'))
    assert.ok(!(error instanceof Unavailable), attempt)
    assert.match(error.message, /exit code 2\nmain\.go:3: syntax error$/)
  }
})
