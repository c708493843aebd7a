import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/*
 * What a stranger waits for: `npm start` in a fresh clone until the first trace of the example can be read, with
 * nothing downloaded before (own caches for npm, Maven and Kafka), and once more in the same clone.
 */

const root = fileURLToPath(new URL('..', import.meta.url))

interface FirstTrace {
  /** From the command until the example's page can be opened. */
  readonly pageMs: number
  /** From the command until the trace of the first report is in an answer. */
  readonly traceMs: number
}

async function firstTrace(clone: string, caches: string): Promise<FirstTrace> {
  const startedMs = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: clone,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      WAYBILL_PORTS: 'free',
      WAYBILL_CACHE: join(caches, 'waybill'),
      MAVEN_OPTS: `-Dmaven.repo.local=${join(caches, 'maven')}`,
      npm_config_cache: join(caches, 'npm'),
    },
  })
  const exited = once(child, 'exit')
  try {
    const { pageUrl, waybillUrl } = await addresses(createInterface({ input: child.stdout }))
    const pageMs = performance.now() - startedMs
    // Reading the lines has paused it.
    child.stdout.resume()
    await (await fetch(new URL('/api/report', pageUrl))).arrayBuffer()
    while (!(await hasTrace(waybillUrl))) await new Promise(resolve => setTimeout(resolve, 50))
    return { pageMs, traceMs: performance.now() - startedMs }
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
    await exited
  }
}

/** Reads the table that `npm start` prints. */
async function addresses(lines: AsyncIterable<string>): Promise<{ pageUrl: string; waybillUrl: string }> {
  let [pageUrl, waybillUrl] = ['', '']
  for await (const line of lines) {
    console.log(`  ${line}`)
    pageUrl ||= /^ +example \S+ +(http\S+)/.exec(line)?.[1] ?? ''
    waybillUrl ||= /^ +Waybill +(http\S+)/.exec(line)?.[1] ?? ''
    if (pageUrl !== '' && waybillUrl !== '') return { pageUrl, waybillUrl }
  }
  throw new Error('npm start ended before it had printed the addresses')
}

/** Whether a trace is stored that reached the worker. */
async function hasTrace(waybillUrl: string): Promise<boolean> {
  const answer = await fetch(new URL('/api/traces?service=report-worker&limit=1', waybillUrl))
  const { data = [] } = (await answer.json()) as { readonly data?: readonly unknown[] }
  return data.length > 0
}

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
try {
  const clone = join(folder, 'clone')
  const caches = join(folder, 'caches')
  execFileSync('git', ['clone', '--quiet', root, clone])
  const fresh = await firstTrace(clone, caches)
  const warm = await firstTrace(clone, caches)
  console.log('| npm start | page, s | first trace, s |')
  console.log('| --- | --- | --- |')
  for (const [name, { pageMs, traceMs }] of Object.entries({ 'fresh clone': fresh, again: warm })) {
    console.log(`| ${name} | ${(pageMs / 1000).toFixed(1)} | ${(traceMs / 1000).toFixed(1)} |`)
  }
  mkdirSync(join(root, 'bench/results/last'), { recursive: true })
  writeFileSync(
    join(root, 'bench/results/last/first-trace.json'),
    `${JSON.stringify({ fresh, warm }, null, 2)}\n`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
