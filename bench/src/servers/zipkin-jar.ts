import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { cacheFolder, installJava, withLock } from '@waybill/brokers'

const run = promisify(execFile)

const version = '3.5.1'
const file = `zipkin-server-${version}-exec.jar`
/** Of the jar on Maven Central. */
const sha256 = '7ac633a6832647e71e50012a5e3e91fbc7054414955261724526030faf271d8d'
const oldestJava = 17

/**
 * Zipkin's server, downloaded from Maven Central on first use (131 MB) into the folder that keeps Kafka's jars.
 *
 * @throws Error that says what is missing: Java 17, Maven, the download, or its checksum.
 */
export async function zipkinJar(): Promise<string> {
  await requireJava()
  const cache = cacheFolder()
  const jar = join(cache, file)
  if (existsSync(jar)) return jar
  return withLock(`${jar}.lock`, async () => {
    if (!existsSync(jar)) await download(cache, jar)
    return jar
  })
}

async function requireJava(): Promise<void> {
  const { stderr } = await run('java', ['-version']).catch(() => {
    throw new Error(`there is no Java; ${installJava()}`)
  })
  const found = Number(/version "(\d+)/.exec(stderr)?.[1])
  if (found < oldestJava) throw new Error(`it needs Java ${oldestJava}, this is ${found}; ${installJava()}`)
}

async function download(cache: string, jar: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  // Downloaded beside and renamed, so that a jar of this name is always complete.
  const work = await mkdtemp(join(cache, 'zipkin-download-'))
  try {
    console.log(`Downloading Zipkin ${version} from Maven Central (131 MB, once)`)
    const artifact = `io.zipkin:zipkin-server:${version}:jar:exec`
    const args = ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${work}`]
    await run('mvn', args, { cwd: work }).catch((error: NodeJS.ErrnoException & { stdout?: string }) => {
      if (error.code === 'ENOENT') throw new Error(`there is no Maven to download it; ${installJava()}`)
      throw new Error(`Maven could not download it: ${error.stdout?.split('\n')[0] ?? error.message}`)
    })
    const found = await sha256Of(join(work, file))
    if (found !== sha256) throw new Error(`its jar has SHA-256 ${found} where ${sha256} was expected`)
    await rename(join(work, file), jar)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
