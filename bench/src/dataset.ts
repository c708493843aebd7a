import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with a filled store, kept for the next run where BENCH_DATA names one. */
export interface Dataset {
  /** For the server's data. */
  readonly folder: string
  /** When the data starts: the time of the first fill. */
  readonly startUnixMs: number
  /** Whether it was filled by an earlier run. */
  readonly isFilled: boolean
  /** Notes that the store is complete, so that the next run may use it. */
  markFilled(): void
  /** Removes the folder, unless it is to be kept. */
  release(): void
}

interface Manifest {
  readonly startUnixMs: number
  readonly rounds: number
}

/**
 * Opens the folder for `name` below BENCH_DATA, or a temporary one.
 *
 * @param rounds how much it has to hold; a kept one of another size is filled anew.
 * @param startUnixMs when a fill of now would start.
 */
export function openDataset(name: string, rounds: number, startUnixMs: number): Dataset {
  const kept = process.env['BENCH_DATA']
  const folder = kept === undefined ? mkdtempSync(join(tmpdir(), 'waybill-bench-')) : join(kept, name)
  const path = join(folder, 'dataset.json')
  const manifest = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
  const isFilled = manifest?.rounds === rounds
  if (!isFilled) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }
  const start = isFilled && manifest !== undefined ? manifest.startUnixMs : startUnixMs
  return {
    folder,
    startUnixMs: start,
    isFilled,
    markFilled: () => {
      const written: Manifest = { startUnixMs: start, rounds }
      writeFileSync(path, `${JSON.stringify(written)}\n`)
    },
    release: () => {
      if (kept === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
