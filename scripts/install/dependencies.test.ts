import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../set-up/run-command.ts'

const { isInstalled } = (await import(new URL('./dependencies.mjs', import.meta.url).href)) as {
  readonly isInstalled: (folder: string) => boolean
}

const wanted = {
  '': { name: 'repository' },
  'packages/model': { name: '@waybill/model', version: '0.1.0' },
  'node_modules/@waybill/model': { resolved: 'packages/model', link: true },
  'node_modules/node': { version: '24.1.0' },
  'node_modules/node-bin-other-platform': { version: '24.1.0', optional: true },
}
const present = {
  'node_modules/@waybill/model': { resolved: 'packages/model', link: true },
  'node_modules/node': { version: '24.1.0' },
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-install-'))
  await mkdir(join(folder, 'node_modules/node/bin'), { recursive: true })
  await writeFile(join(folder, 'node_modules/node/bin/node'), '')
  await writeLock('package-lock.json', wanted)
})
afterEach(() => rm(folder, { recursive: true }))

async function writeLock(path: string, packages: object): Promise<void> {
  await writeFile(join(folder, path), JSON.stringify({ packages }))
}

test('what npm noted as installed is compared with the lock file', async () => {
  await writeLock('node_modules/.package-lock.json', present)
  assert.equal(isInstalled(folder), true)
})

test('an install that was cut short, an older version and a missing package are not installed', async () => {
  assert.equal(isInstalled(folder), false)
  await writeLock('node_modules/.package-lock.json', {
    ...present,
    'node_modules/node': { version: '24.0.9' },
  })
  assert.equal(isInstalled(folder), false)
  const { 'node_modules/node': _, ...rest } = present
  await writeLock('node_modules/.package-lock.json', rest)
  assert.equal(isInstalled(folder), false)
})

test('without the Node that everything runs on, nothing is installed', async () => {
  await writeLock('node_modules/.package-lock.json', present)
  await rm(join(folder, 'node_modules/node/bin/node'))
  assert.equal(isInstalled(folder), false)
})

test('a Node that is too old is told so in one line, before anything else', async () => {
  const older = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"19.9.0"}})'
  const script = fileURLToPath(new URL('../install.mjs', import.meta.url))
  const { code, output } = await runCommand(process.execPath, ['--import', older, script])
  assert.equal(code, 1)
  assert.match(output, /^Waybill needs Node 20 or newer with npm; this is v\S+ \(.+\)\.\n$/)
})
