import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { withLock } from './cache.ts'

test('one task at a time holds the lock, and none is left behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-lock-'))
  const path = join(folder, 'install.lock')
  let running = 0
  let most = 0
  const task = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await turn()
    running--
  }
  await Promise.all([withLock(path, task), withLock(path, task), withLock(path, task)])
  assert.equal(most, 1)
  assert.deepEqual(await readdir(folder), [])
  await rm(folder, { recursive: true })
})

test('the lock of a process that died is taken over; a failed task frees its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-lock-'))
  const path = join(folder, 'install.lock')
  const { pid } = spawnSync('true')
  await writeFile(path, String(pid))
  await assert.rejects(
    withLock(path, () => Promise.reject(new Error('no network'))),
    /no network/,
  )
  assert.equal(await withLock(path, () => Promise.resolve('installed')), 'installed')
  await rm(folder, { recursive: true })
})
