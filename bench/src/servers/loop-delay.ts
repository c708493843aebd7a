import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningServer } from './server-under-test.ts'

/** Delays of a server's event loop, in milliseconds. */
export interface LoopDelay {
  readonly p99Ms: number
  readonly worstMs: number
}

const probe = new URL('./loop-probe.ts', import.meta.url).href

/** The environment under which a server that runs on Node tells the delays of its event loop. */
export function loopDelayEnv(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${probe}`, BENCH_LOOP_FILE: fileOf(folder) }
}

/** The delays since the last time this was asked. */
export async function loopDelay(server: RunningServer): Promise<LoopDelay> {
  const file = fileOf(server.folder)
  rmSync(file, { force: true })
  process.kill(server.pid, 'SIGUSR2')
  for (;;) {
    const text = readIfThere(file)
    if (text.endsWith('\n')) return JSON.parse(text) as LoopDelay
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

function fileOf(folder: string): string {
  return join(folder, 'loop-delay.json')
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
