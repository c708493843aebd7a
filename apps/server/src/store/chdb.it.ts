import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testEngine } from './engine-contract.ts'
import { openStore } from './open.ts'

testEngine('the embedded engine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-chdb-'))
  return {
    open: () => openStore({ dataDir: join(folder, 'data') }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
})
