import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockDataFolder } from './lock.ts'

test('a data folder has one owner at a time, and is made where it is missing', t => {
  const root = mkdtempSync(join(tmpdir(), 'waybill-lock-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'a', 'b')
  const lock = lockDataFolder(folder)
  assert.throws(() => lockDataFolder(folder), {
    name: 'StartupError',
    message: `the data folder ${folder} is in use by another server (process ${process.pid})`,
  })
  lock.release()
  lockDataFolder(folder).release()
})

test('an owner keeps the folder though nothing refers to its lock, and leaves it free when killed', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const module = JSON.stringify(new URL('lock.ts', import.meta.url).href)
  const program = `import { lockDataFolder } from ${module}
    lockDataFolder(${JSON.stringify(folder)})
    // What a collection finds is closed in a later turn.
    setImmediate(() => { gc(); setImmediate(() => console.log('locked')) })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.throws(() => lockDataFolder(folder), /in use by another server/)
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockDataFolder(folder).release()
})

test('a folder that cannot be is one line', t => {
  const root = mkdtempSync(join(tmpdir(), 'waybill-lock-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'file'), '')
  assert.throws(() => lockDataFolder(join(root, 'file', 'data')), {
    name: 'StartupError',
    message: `cannot make the data folder ${join(root, 'file', 'data')}: ENOTDIR`,
  })
})
