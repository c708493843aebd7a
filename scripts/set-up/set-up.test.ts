import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { chromium, findChromium } from './chromium.ts'
import { step } from './progress.ts'
import { runCommand } from './run-command.ts'
import { fingerprint } from './web.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-set-up-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a fingerprint follows names and contents, not tests or what was built', async () => {
  await mkdir(join(folder, 'web/src'), { recursive: true })
  await mkdir(join(folder, 'web/dist'))
  await writeFile(join(folder, 'web/src/main.ts'), 'one')
  await writeFile(join(folder, 'lock.json'), '{}')
  const paths = ['lock.json', 'web', 'missing']
  const first = await fingerprint(folder, paths)
  await writeFile(join(folder, 'web/dist/main.js'), 'built')
  await writeFile(join(folder, 'web/src/main.test.ts'), 'test')
  assert.equal(await fingerprint(folder, paths), first)
  await writeFile(join(folder, 'web/src/main.ts'), 'two')
  const second = await fingerprint(folder, paths)
  assert.notEqual(second, first)
  await writeFile(join(folder, 'lock.json'), '{"a":1}')
  assert.notEqual(await fingerprint(folder, paths), second)
})

test('a quick step prints nothing; one with something to say begins and ends with its name', async () => {
  const lines: string[] = []
  const print = (line: string): void => {
    lines.push(line)
  }
  assert.equal(await step('Quick', () => Promise.resolve(1), print), 1)
  assert.deepEqual(lines, [])
  await step(
    'Download',
    async say => {
      say('43 MB')
    },
    print,
  )
  assert.deepEqual(lines.slice(0, 2), ['… Download', '  43 MB'])
  assert.match(lines[2] ?? '', /^✓ Download \(\d+\.\d s\)$/)
})

test('a step that fails is not said to be done', async () => {
  const lines: string[] = []
  const failing = step(
    'Download',
    async say => {
      say('43 MB')
      throw new Error('no network')
    },
    line => lines.push(line),
  )
  await assert.rejects(failing, /no network/)
  assert.deepEqual(lines, ['… Download', '  43 MB'])
})

test('Chromium is looked for in the path, and must be executable', async () => {
  assert.equal(await findChromium(folder), undefined)
  const path = join(folder, 'google-chrome')
  await writeFile(path, '#!/bin/sh\n')
  assert.equal(await findChromium(folder), undefined)
  await chmod(path, 0o755)
  assert.equal(await findChromium(`/no/such/folder:${folder}`), path)
})

test('a CHROMIUM_PATH that leads nowhere is an error', async () => {
  const before = process.env['CHROMIUM_PATH']
  process.env['CHROMIUM_PATH'] = join(folder, 'nothing')
  try {
    await assert.rejects(chromium(), /CHROMIUM_PATH is .*nothing, but nothing can be run there/)
  } finally {
    if (before === undefined) delete process.env['CHROMIUM_PATH']
    else process.env['CHROMIUM_PATH'] = before
  }
})

test('a command gives its code and both outputs; one that does not exist has no code', async () => {
  assert.deepEqual(await runCommand('sh', ['-c', 'echo out; echo err >&2; exit 3']), {
    code: 3,
    output: 'out\nerr\n',
  })
  assert.equal((await runCommand('/no/such/command', [])).code, undefined)
})
