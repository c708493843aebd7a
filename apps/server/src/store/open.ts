import { mkdirSync } from 'node:fs'
import { openChdb } from './chdb/chdb.ts'
import type { ChdbLimits } from './chdb/config.ts'
import { defaultChdbLimits } from './chdb/config.ts'
import { setFsync } from './durability.ts'
import type { Engine } from './engine.ts'
import { migrate } from './migrate.ts'

export interface StoreOptions {
  /** The folder of the embedded engine; it is made where it is missing. */
  readonly dataDir: string
  readonly limits?: Partial<ChdbLimits>
  /** Whether a load ends only once the disk has it; see {@link setFsync}. */
  readonly fsync?: boolean
}

/** Opens the store and brings its schema up to date. */
export async function openStore({ dataDir, limits, fsync = false }: StoreOptions): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true })
  const engine = await openChdb(dataDir, { ...defaultChdbLimits, ...limits })
  try {
    await migrate(engine)
    await setFsync(engine, fsync)
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}
