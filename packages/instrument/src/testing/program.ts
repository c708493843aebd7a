import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/** How a program ended. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  /** Sent when the program has written this text. */
  readonly signalOn?: { readonly text: string; readonly signal: NodeJS.Signals }
}

const nodeModules = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

/** A folder with these files, from which packages of the repository resolve; removed after the tests. */
export async function programFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'instrument-'))
  after(() => rm(folder, { recursive: true, force: true }))
  await symlink(nodeModules, join(folder, 'node_modules'))
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source)
  return folder
}

/** Runs a program of a folder in a Node of its own, with zero-code start, until it ends. */
export function runTraced(folder: string, file: string, options: RunOptions): Promise<Outcome> {
  return run(folder, ['--import', '@waybill/instrument/register', file], options)
}

/** Runs Node with these arguments in a folder, until it ends. */
export async function run(folder: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...inherited, KAFKAJS_NO_PARTITIONER_WARNING: '1', ...options.env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
    const { signalOn } = options
    if (signalOn !== undefined && stdout.includes(signalOn.text)) child.kill(signalOn.signal)
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}
