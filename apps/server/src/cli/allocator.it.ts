import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { promisify } from 'node:util'

/* The allocator of the engine's library takes its settings from the environment as it is loaded. */

const bin = new URL('../../bin/waybill.js', import.meta.url).href
const chdb = new URL('../store/chdb/chdb.ts', import.meta.url).href

/** Runs `waybill --version`, and then the engine in the same process, and gives what its allocator says of itself. */
async function allocatorStats(t: TestContext, env: Record<string, string> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-allocator-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const script = `
    process.argv = [process.argv[0], 'waybill', '--version']
    // The command would end the process before the engine is asked.
    process.exit = () => {}
    await import('${bin}')
    const { openChdb } = await import('${chdb}')
    const engine = await openChdb(${JSON.stringify(folder)})
    console.log(JSON.stringify(await engine.query('SELECT * FROM system.jemalloc_stats')))
    await engine.close()`
  const options = { env: { ...process.env, ...env }, maxBuffer: 1e8 }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script],
    options,
  )
  return stdout
}

test('the engine has one arena, and takes no profile of what it allocates', async t => {
  const stats = await allocatorStats(t)
  assert.match(stats, /opt\.narenas: 1\\n/)
  assert.match(stats, /opt\.percpu_arena: \\"disabled\\"/)
  assert.match(stats, /opt\.prof: false/)
})

test('whoever sets the allocator up otherwise has it so', async t => {
  assert.match(await allocatorStats(t, { JE_MALLOC_CONF: 'narenas:3' }), /opt\.narenas: 3\\n/)
})
