#!/usr/bin/env node
// Plain JavaScript that any Node of the last years reads: it finds the Node that runs the rest.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestNode = 24

/** The Node that comes with the dependencies (the package `node`), from this folder upwards. */
function findNode() {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (true) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', 'node')
    if (existsSync(candidate)) return candidate
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
}

/** Runs the same command under another Node, as if it were this process. */
function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on('error', error => {
    console.error(`waybill: cannot run ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeAllListeners(one)
    if (signal === null) process.exitCode = code
    else process.kill(process.pid, signal)
  })
}

if (Number.parseInt(process.versions.node, 10) >= oldestNode) {
  module.enableCompileCache?.()
  // Loads and queries of the store each hold a thread of this pool; the spool's writes must not wait for them.
  process.env.UV_THREADPOOL_SIZE ??= '16'
  // How the engine's library allocates, which it reads as it is loaded: see the store's RATIONALE.md.
  process.env.JE_MALLOC_CONF ??= 'prof:false,narenas:1,percpu_arena:disabled'
  await import('../src/cli/main.ts')
} else {
  const node = findNode()
  if (node === undefined) {
    console.error(
      `waybill: needs Node ${oldestNode} or newer, this is ${process.version}; \`npm install\` brings one along`,
    )
    process.exitCode = 1
  } else runUnder(node)
}
