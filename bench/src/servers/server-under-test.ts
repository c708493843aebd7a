import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGuarded } from '@waybill/brokers'
import type { Dialect } from '../dialects/dialect.ts'
import { get } from '../get.ts'

/** How one server is started for a bench: Waybill, or a peer. */
export interface ServerRecipe {
  readonly name: string
  /** Keeps what it took on disk. */
  readonly durable: boolean
  /** How it is asked, and in which form it takes spans. */
  readonly dialect: Dialect
  /** @returns the command and the addresses it will listen on, in a fresh folder for its data. */
  prepare(folder: string): Promise<Preparation>
}

export interface Preparation {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where spans are posted. */
  readonly intakeUrl: string
  /** `http://host:port` of OTLP over gRPC, where the server has it. */
  readonly grpcUrl?: string
  /** Base of the API that answers questions, up to and without `/api`. */
  readonly queryUrl: string
  /** What answers 200 once the server is ready. */
  readonly readyUrl: string
}

export interface RunningServer extends Preparation {
  readonly name: string
  readonly durable: boolean
  readonly dialect: Dialect
  readonly pid: number
  readonly folder: string
  /** Time from the start of the process until it was ready. */
  readonly readyMs: number
  /** Ends the process; the folder stays, for a second start. */
  halt(): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

const startBoundMs = 60_000
const endGraceMs = 60_000
const keptLines = 40

/**
 * Starts a server and waits until it answers. It ends when the bench does, however that ends.
 *
 * @param folder its data, a fresh one if absent.
 * @param env added to its environment.
 * @throws Error with the last lines of its output, if it ends or does not answer within 60 s.
 */
export async function startServer(
  recipe: ServerRecipe,
  folder?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const data = folder ?? mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  const preparation = await recipe.prepare(data)
  const startedMs = performance.now()
  const running = runGuarded({
    command: preparation.command,
    args: preparation.args,
    env: { ...preparation.env, ...env },
    graceMs: endGraceMs,
    ...(folder === undefined ? { afterOrphaned: `rm -rf '${data}'` } : {}),
  })
  const lines: string[] = []
  running.onLine(line => {
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  })
  let ending: string | undefined
  void running.ended.then(how => {
    ending = how
  })
  const untilAnswer = async (url: string, isReady: (status: number) => boolean): Promise<void> => {
    while (performance.now() - startedMs < startBoundMs) {
      if (ending !== undefined) throw new Error(`${recipe.name} ended (${ending}):\n${lines.join('\n')}`)
      const answer = await get(url).catch(() => undefined)
      if (answer !== undefined && isReady(answer.status)) return
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    throw new Error(`${recipe.name}: no answer from ${url} within 60 s:\n${lines.join('\n')}`)
  }
  try {
    await untilAnswer(preparation.readyUrl, status => status === 200)
    // Some servers answer questions before they take spans.
    await untilAnswer(preparation.intakeUrl, () => true)
  } catch (error) {
    await running.end()
    if (folder === undefined) rmSync(data, { recursive: true, force: true })
    throw error
  }
  return {
    ...preparation,
    name: recipe.name,
    durable: recipe.durable,
    dialect: recipe.dialect,
    pid: running.pid,
    folder: data,
    readyMs: performance.now() - startedMs,
    halt: running.end,
    stop: async () => {
      await running.end()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
