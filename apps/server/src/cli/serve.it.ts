import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sampleRequest } from '../spool/sample-request.ts'

/* The server as people start it: a process with the real store, spoken to over its sockets. */

const bin = fileURLToPath(new URL('../../bin/waybill.js', import.meta.url))
const freePorts = { WAYBILL_PORTS: 'free' }

interface Running {
  readonly child: ChildProcess
  /** By name: `otlp-http`, `health`, `ready`. */
  readonly urls: ReadonlyMap<string, string>
}

const running: ChildProcess[] = []

/** A folder for the test, and the end of its servers before the folder goes. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'waybill-serve-'))
  t.after(async () => {
    for (const child of running.splice(0)) await end(child, 'SIGKILL')
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

/** Starts a server on free ports and waits until it is ready. */
async function serve(data: string, env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [bin, 'serve'], {
    env: { ...process.env, ...freePorts, WAYBILL_DATA: data, WAYBILL_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  const urls = new Map<string, string>()
  for await (const line of createInterface({ input: child.stdout })) {
    const [name = '', url = ''] = line.split(/ +/)
    urls.set(name, url)
    if (name === 'ready') return { child, urls }
  }
  throw new Error('the server ended before it was ready')
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  return child.exitCode
}

/** Runs a command that should fail, to its end. */
async function run(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<{ readonly code: number | null; readonly stderr: string; readonly stdout: string }> {
  const [file = '', ...args] = command
  const child = spawn(file, args, { env: { ...process.env, ...freePorts, ...env } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

async function post({ urls }: Running, body: Uint8Array): Promise<number> {
  const response = await fetch(`${urls.get('otlp-http')}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(body),
  })
  await response.arrayBuffer()
  return response.status
}

/** Asks the API. */
async function ask<Answer>({ urls }: Running, path: string): Promise<Answer> {
  const response = await fetch(new URL(path, urls.get('ready')))
  return (await response.json()) as Answer
}

async function metrics({ urls }: Running): Promise<string> {
  return (await fetch(new URL('/metrics', urls.get('health')))).text()
}

async function spansStored(server: Running): Promise<number> {
  return (await ask<{ readonly spansStored: number }>(server, '/api/waybill/v1/status')).spansStored
}

test('what was acknowledged is in the next answer, and in those after a stop and a start', async t => {
  const data = folder(t)
  const first = await serve(data)
  assert.equal((await fetch(`${first.urls.get('health')}/`)).status, 200)
  assert.equal(await post(first, sampleRequest(['a', 'b'])), 200)
  assert.equal(await spansStored(first), 2)
  assert.equal(await post(first, sampleRequest(['c'])), 200)
  assert.equal(await end(first.child, 'SIGTERM'), 0)
  assert.deepEqual(readdirSync(join(data, 'spool')), [])
  const second = await serve(data)
  assert.equal(await spansStored(second), 3)
  assert.equal(await end(second.child, 'SIGINT'), 0)
})

test('after kill -9 at any moment, what was acknowledged is stored exactly once', async t => {
  const data = folder(t)
  const acknowledged: string[] = []
  let sent = 0
  for (const requests of [1, 20, 60]) {
    const server = await serve(data, { WAYBILL_SPOOL_SEGMENT_AGE_MS: '20' })
    const target = acknowledged.length + requests
    const lane = async (): Promise<void> => {
      while (acknowledged.length < target) {
        const name = `span-${sent++}`
        await post(server, sampleRequest([name]))
        acknowledged.push(name)
      }
    }
    // Requests under way when the server dies fail; nobody was told that they were kept.
    const lanes = Promise.allSettled([lane(), lane(), lane()])
    while (acknowledged.length < target) await new Promise(setImmediate)
    await end(server.child, 'SIGKILL')
    await lanes
  }
  const server = await serve(data)
  while (!/^waybill_spool_segments 0$/m.test(await metrics(server))) await setTimeout(10)
  type Operations = { readonly data: readonly { readonly name: string }[] }
  const { data: operations } = await ask<Operations>(server, '/api/operations?service=sample-0')
  const names = new Set(operations.map(({ name }) => name))
  assert.deepEqual(
    acknowledged.filter(name => !names.has(name)),
    [],
  )
  assert.equal(await spansStored(server), names.size)
})

test('a data folder that another server has, or that cannot be written, is one line', async t => {
  const data = folder(t)
  const { child } = await serve(data)
  const locked = await run([process.execPath, bin, 'serve', '--data', data])
  assert.equal(locked.code, 1)
  assert.equal(
    locked.stderr,
    `waybill: the data folder ${data} is in use by another server (process ${child.pid})\n`,
  )
  writeFileSync(join(data, 'file'), '')
  const path = join(data, 'file', 'data')
  const unwritable = await run([process.execPath, bin, 'serve', '--data', path])
  assert.deepEqual(
    [unwritable.code, unwritable.stderr],
    [1, `waybill: cannot make the data folder ${path}: ENOTDIR\n`],
  )
})

for (const [variable, setting, purpose] of [
  ['WAYBILL_OTLP_HTTP_PORT', 'otlpHttp.port', 'OTLP over HTTP'],
  ['WAYBILL_OTLP_GRPC_PORT', 'otlpGrpc.port', 'OTLP over gRPC'],
  ['WAYBILL_HTTP_PORT', 'http.port', 'the web UI and the API'],
] as const)
  test(`a port in use is one line that names it: ${setting}`, async t => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const data = folder(t)
    const { code, stderr } = await run([process.execPath, bin, 'serve', '--data', data], {
      [variable]: String(port),
    })
    assert.equal(
      stderr,
      `waybill: cannot listen on 127.0.0.1:${port} for ${purpose}: the port is in use (setting ${setting})\n`,
    )
    assert.equal(code, 1)
  })

test('a wrong configuration is one line for each problem, and exit code 2', async t => {
  const { code, stderr, stdout } = await run([process.execPath, bin, 'serve', '--log-level', 'loud'], {
    WAYBILL_DATA: folder(t),
    WAYBILL_HTTP_PORT: '70000',
  })
  assert.equal(code, 2)
  assert.equal(stdout, '')
  const lines = stderr.trimEnd().split('\n')
  assert.match(lines[0] as string, /^waybill: http\.port = "70000" \(from WAYBILL_HTTP_PORT/)
  assert.match(lines[1] as string, /^waybill: log\.level = "loud" \(from --log-level/)
  assert.equal(lines.length, 2)
})

/** Has a Node say that it is an old one, before the program starts. */
const pretendOld = [
  '--import',
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.11.1"}})',
]

test('an old Node hands over to the one that was installed', async () => {
  const { code, stdout, stderr } = await run([process.execPath, ...pretendOld, bin, '--version'])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
  const failing = await run([process.execPath, ...pretendOld, bin, 'serve', '--log-level', 'loud'])
  assert.equal(failing.code, 2)
})

test('an old Node without another is one line', async t => {
  const bare = join(folder(t), 'bin')
  mkdirSync(bare)
  writeFileSync(join(bare, 'package.json'), '{"type":"module"}')
  copyFileSync(bin, join(bare, 'waybill.js'))
  const { code, stderr } = await run([process.execPath, ...pretendOld, join(bare, 'waybill.js'), 'serve'])
  assert.equal(code, 1)
  assert.match(stderr, /^waybill: needs Node 24 or newer, this is v[\d.]+; .*\n$/)
})
