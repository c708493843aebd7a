import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CollectingObserver, CollectingStore } from './collecting-store.ts'
import { openSpool } from './spool.ts'

const victim = fileURLToPath(new URL('kill-victim.ts', import.meta.url))

/** Runs the victim until it has acknowledged so many spans, kills it, and gives what it acknowledged. */
async function killedAfter(spans: number, dir: string, round: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [victim, dir, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8')
  for await (const chunk of child.stdout) {
    output += chunk
    if (child.killed || output.split('\n').length <= spans) continue
    child.kill('SIGKILL')
  }
  if (child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return output.split('\n').slice(0, -1)
}

test('what was acknowledged before kill -9 is loaded exactly once', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-kill-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const acknowledged: string[] = []
  for (const [round, spans] of [1, 50, 400].entries())
    acknowledged.push(...(await killedAfter(spans, dir, round)))

  const { store, spool } = await recover(dir)
  await spool.close()
  const stored = new Set(store.names)
  assert.equal(stored.size, store.names.length, 'a span was stored twice')
  assert.deepEqual(
    acknowledged.filter(name => !stored.has(name)),
    [],
  )
  assert.ok(acknowledged.length >= 451)
  assert.deepEqual(readdirSync(dir), [])
})

test('on a disk that is full an append is refused, and the segment holds what was acknowledged', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-full-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  // The system's limit on the size of a file, in the middle of a write: as a full disk, it takes a part.
  const command = `ulimit -f 20; exec "$0" "$@"`
  const args = ['-c', command, process.execPath, victim, dir, '0', '1000000']
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  await exited
  assert.match(errors, /SPOOL_UNWRITABLE|cannot be written: EFBIG/)
  const { store, spool, observer } = await recover(dir)
  await spool.close()
  assert.deepEqual(store.names, output.split('\n').slice(0, -1))
  assert.ok(store.names.length > 10)
  assert.deepEqual(observer.tears, [])
})

async function recover(dir: string) {
  const store = new CollectingStore()
  const observer = new CollectingObserver()
  const spool = await openSpool({
    dir,
    quarantineDir: `${dir}-quarantine`,
    durability: 'write',
    maxBytes: 1e9,
    segmentBytes: 1e6,
    segmentSpans: 1e6,
    segmentAgeMs: 1e6,
    concurrentLoads: 1,
    observer,
    load: store.load,
  })
  return { store, spool, observer }
}
