import { mkdirSync } from 'node:fs'
import type { ChdbLimits } from './chdb.ts'
import { defaultChdbLimits, openChdb } from './chdb.ts'
import type { Engine } from './engine.ts'
import { migrate } from './migrate.ts'

export interface StoreOptions {
  /** The folder of the embedded engine; it is made where it is missing. */
  readonly dataDir: string
  readonly limits?: Partial<ChdbLimits>
}

/** Opens the store and brings its schema up to date. */
export async function openStore({ dataDir, limits }: StoreOptions): Promise<Engine> {
  mkdirSync(dataDir, { recursive: true })
  const engine = await openChdb(dataDir, { ...defaultChdbLimits, ...limits })
  try {
    await migrate(engine)
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}
