import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { CollectingObserver, CollectingStore } from './collecting-store.ts'
import type { Spool, SpoolOptions } from './spool.ts'
import { openSpool } from './spool.ts'

/** For the spool's own tests: spools in a folder that goes with the test, before a store that remembers. */
export interface SpoolBench {
  readonly dir: string
  readonly store: CollectingStore
  readonly observer: CollectingObserver
  /** Opens a spool on the folder, with limits that nothing reaches but what is given. Closed after the test. */
  open(options?: Partial<SpoolOptions>): Promise<Spool>
}

/** @param standard what each spool of this test has unless it is opened with something else. */
export function spoolBench(t: TestContext, standard: Partial<SpoolOptions> = {}): SpoolBench {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-spool-'))
  const spools: Spool[] = []
  t.after(async () => {
    await Promise.all(spools.map(spool => spool.close()))
    rmSync(dir, { recursive: true, force: true })
  })
  const store = new CollectingStore()
  const observer = new CollectingObserver()
  const open = async (options: Partial<SpoolOptions> = {}): Promise<Spool> => {
    const spool = await openSpool({
      dir: join(dir, 'spool'),
      quarantineDir: join(dir, 'quarantine'),
      durability: 'write',
      maxBytes: 1e9,
      segmentBytes: 1e8,
      segmentSpans: 1e6,
      segmentAgeMs: 1e6,
      concurrentLoads: 1,
      observer,
      load: store.load,
      ...standard,
      ...options,
    })
    spools.push(spool)
    return spool
  }
  return { dir, store, observer, open }
}
