import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { runGuarded } from './guarded-process.ts'
import { untilLine } from './until-line.ts'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20)
}

test('tells every line and how the command ended', async () => {
  const lines: string[] = []
  const command = runGuarded({
    command: 'sh',
    args: ['-c', 'echo one; echo two >&2; exit 3'],
    graceMs: 1_000,
  })
  command.onLine(line => lines.push(line))
  assert.equal(await command.ended, 'exit code 3')
  while (lines.length < 2) await delay(10)
  assert.deepEqual(lines.sort(), ['one', 'two'])
})

test('a command that does not exist ends with an exit code', async () => {
  const command = runGuarded({ command: '/no/such/command', args: [], graceMs: 1_000 })
  assert.match(await command.ended, /exit code 127/)
})

test('ends by SIGTERM, or by SIGKILL when the command ignores that', async () => {
  const polite = runGuarded({ command: 'sleep', args: ['60'], graceMs: 5_000 })
  await polite.end()
  assert.equal(await polite.ended, 'SIGTERM')
  const deaf = runGuarded({
    command: 'sh',
    args: ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
    graceMs: 200,
  })
  await new Promise<void>(resolve => deaf.onLine(() => resolve()))
  await deaf.end()
  assert.equal(await deaf.ended, 'SIGKILL')
})

test('the command ends when its owner is killed, and what was asked for is done after', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-guard-'))
  const left = join(folder, 'left')
  await writeFile(left, '')
  const source = `
    import { runGuarded } from ${JSON.stringify(new URL('./guarded-process.ts', import.meta.url).href)}
    const command = runGuarded({ command: 'sleep', args: ['60'], graceMs: 1000, afterOrphaned: 'rm ${left}; rmdir ${folder}' })
    console.log(command.pid)
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source])
  try {
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
    const pid = Number(line)
    assert.ok(isAlive(pid))
    owner.kill('SIGKILL')
    await gone(pid)
    while (
      await rm(folder).then(
        () => true,
        error => error.code !== 'ENOENT',
      )
    )
      await delay(20)
  } finally {
    owner.kill('SIGKILL')
  }
})

test('what the command started ends with it', async () => {
  const command = runGuarded({ command: 'sh', args: ['-c', 'sleep 60 & echo $!; wait'], graceMs: 1_000 })
  const pid = await new Promise<number>(resolve => command.onLine(line => resolve(Number(line))))
  assert.ok(isAlive(pid))
  await command.end()
  await gone(pid)
})

test('a line is waited for, and what was printed until then is told', async () => {
  const command = runGuarded({
    command: 'sh',
    args: ['-c', 'echo one; echo ready; sleep 60'],
    graceMs: 1_000,
  })
  assert.deepEqual(await untilLine(command, /^ready$/, 10_000), ['one', 'ready'])
  await command.end()
})

test('a process that does not print the line is ended, and its last word is in the error', async () => {
  const silent = runGuarded({ command: 'sh', args: ['-c', 'echo busy; sleep 60'], graceMs: 1_000 })
  await assert.rejects(untilLine(silent, /ready/, 100), /is not ready after 0.1 s: busy/)
  await silent.ended
  const failing = runGuarded({ command: 'sh', args: ['-c', 'echo port taken >&2; exit 1'], graceMs: 1_000 })
  await assert.rejects(untilLine(failing, /ready/, 10_000), /did not start \(exit code 1\): port taken/)
})
