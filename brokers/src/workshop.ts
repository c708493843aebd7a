import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder, withLock } from './cache.ts'
import { ProgramMissing, runProgram } from './run-program.ts'

/** The programs of one folder, in a language other than ours: what installs them and how one is started. */
export interface Workshop {
  /** Names its place in the cache: unique in the repository, without slashes. */
  readonly name: string
  /** Path of the folder. */
  readonly source: string
  /** A command that fails where the tools are there but of no use, and what to say of it then. */
  readonly fits?: { readonly command: readonly string[]; readonly otherwise: string }
  /** Commands that install or build in a copy of the folder, one after the other. */
  readonly setUp: readonly (readonly string[])[]
  /** The command that runs a program, before its arguments; paths are relative to the copy. */
  run(program: string): readonly string[]
}

/** Programs that this machine cannot have now: a tool or a registry is missing, or a tool does not fit. */
export class Unavailable extends Error {}

const setUpMs = 900_000
const unusedMs = 24 * 60 * 60_000
/** What package managers print when the registry, not the request, is at fault. */
const noRegistry =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|name resolution|no such host|connection refused|connection reset|i\/o timeout|TLS handshake timeout|Unknown host|Network is unreachable|\b50[0234]\b (?:Bad Gateway|Service Unavailable|Gateway Timeout|Internal Server Error)/i

/** What each workshop came to in this process: a registry that is down is not waited for by every program. */
const settled = new Map<Workshop, Promise<string>>()

/**
 * A copy of a workshop's folder in the cache, installed and built. Named by the content of the folder, so that it
 * is set up once for each version of the programs; what the tree holds stays as it is.
 *
 * @throws Unavailable where a tool is missing or does not fit, or a registry does not answer, else the Error of what failed.
 */
export function setUp(workshop: Workshop, onProgress: (line: string) => void): Promise<string> {
  const known = settled.get(workshop) ?? install(workshop, onProgress)
  settled.set(workshop, known)
  return known
}

async function install(workshop: Workshop, onProgress: (line: string) => void): Promise<string> {
  const { source } = workshop
  const shelf = join(cacheFolder(), 'programs')
  const prefix = `${workshop.name}-`
  const name = `${prefix}${await contentHash(source, workshop)}`
  const folder = join(shelf, name)
  const complete = join(folder, '.complete')
  return withLock(join(shelf, `${workshop.name}.lock`), async () => {
    if ((await changedMs(complete)) !== undefined) {
      await utimes(complete, new Date(), new Date())
      return folder
    }
    await rm(folder, { recursive: true, force: true })
    for (const old of await readdir(shelf)) if (old.startsWith(prefix)) await removeUnused(join(shelf, old))
    await checkTools(workshop)
    const startedMs = performance.now()
    onProgress(`setting up ${workshop.name}: ${workshop.setUp.map(command => command.join(' ')).join(', ')}`)
    await mkdir(shelf, { recursive: true })
    await cp(source, folder, { recursive: true })
    for (const command of workshop.setUp) await runStep(command, folder)
    await writeFile(complete, '')
    onProgress(`${workshop.name} is set up, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    return folder
  })
}

/** What another clone has set up may be in use there: it goes when nobody has asked for it for a day. */
async function removeUnused(folder: string): Promise<void> {
  const usedMs = (await changedMs(join(folder, '.complete'))) ?? (await changedMs(folder)) ?? 0
  if (Date.now() - usedMs > unusedMs) await rm(folder, { recursive: true, force: true })
}

async function checkTools({ fits, source }: Workshop): Promise<void> {
  if (fits === undefined) return
  await runStep(fits.command, source).catch((error: unknown) => {
    throw error instanceof Unavailable ? error : new Unavailable(fits.otherwise)
  })
}

async function runStep([command = '', ...args]: readonly string[], folder: string): Promise<void> {
  try {
    await runProgram({ command, args, cwd: folder, timeoutMs: setUpMs })
  } catch (error) {
    if (error instanceof ProgramMissing) throw new Unavailable(error.message)
    const message = error instanceof Error ? error.message : String(error)
    throw noRegistry.test(message) ? new Unavailable(`no answer from the registry: ${message}`) : error
  }
}

/** Every clone comes to the same hash: the Node that runs this lies at another place in each. */
async function contentHash(folder: string, workshop: Workshop): Promise<string> {
  const commands = workshop.setUp.map(command =>
    command.map(word => (word === process.execPath ? 'node' : word)),
  )
  const hash = createHash('sha256').update(JSON.stringify(commands))
  for (const entry of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, entry)
    if ((await stat(path)).isFile()) hash.update(`\n${entry}\n`).update(await readFile(path))
  }
  return hash.digest('hex').slice(0, 16)
}

/** When a file was last changed, in milliseconds since 1970; undefined where there is none. */
async function changedMs(path: string): Promise<number | undefined> {
  return stat(path).then(
    found => found.mtimeMs,
    () => undefined,
  )
}
