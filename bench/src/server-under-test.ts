import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How one server is started for a bench: Waybill, or a peer that takes OTLP and answers Jaeger's API. */
export interface ServerRecipe {
  readonly name: string
  /** Keeps what it took on disk. */
  readonly durable: boolean
  /** @returns the command and the addresses it will listen on, in a fresh folder for its data. */
  prepare(folder: string): Promise<Preparation>
}

export interface Preparation {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where OTLP over HTTP is posted. */
  readonly otlpUrl: string
  /** `host:port` of OTLP over gRPC, where the server has it. */
  readonly otlpGrpc?: string
  /** Base of Jaeger's JSON API, up to and without `/api`. */
  readonly jaegerUrl: string
  /** What answers 200 once the server is ready. */
  readonly readyUrl: string
}

export interface RunningServer extends Preparation {
  readonly name: string
  readonly durable: boolean
  readonly pid: number
  readonly folder: string
  /** Time from the start of the process until it was ready. */
  readonly readyMs: number
  /** Ends the process; the folder stays, for a second start. */
  halt(): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts a server and waits until it answers.
 *
 * @param folder its data, a fresh one if absent.
 * @throws Error with the last lines of its output, if it ends or does not answer within 60 s.
 */
export async function startServer(recipe: ServerRecipe, folder?: string): Promise<RunningServer> {
  const data = folder ?? mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const preparation = await recipe.prepare(data)
  const startedMs = performance.now()
  const child = spawn(preparation.command, preparation.args, {
    env: { ...process.env, ...preparation.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(child)
  const exited = once(child, 'exit')
  await untilAnswer(preparation.readyUrl, answer => answer.ok, child, output)
  // Some servers answer questions before they take spans.
  await untilAnswer(preparation.otlpUrl, () => true, child, output)
  const readyMs = performance.now() - startedMs
  const halt = async (): Promise<void> => {
    child.kill('SIGTERM')
    const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(deadline)
  }
  return {
    ...preparation,
    name: recipe.name,
    durable: recipe.durable,
    pid: child.pid ?? 0,
    folder: data,
    readyMs,
    halt,
    stop: async () => {
      await halt()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function collectOutput(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-4000)
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  return () => text
}

async function untilAnswer(
  url: string,
  isReady: (answer: Response) => boolean,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const deadline = performance.now() + 60_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`)
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer !== undefined && isReady(answer)) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  child.kill('SIGKILL')
  throw new Error(`no answer from ${url} within 60 s:\n${output()}`)
}
