import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder, withLock } from '@waybill/brokers'

/**
 * The third generation asks for another @opentelemetry/api and for Node 22.15, so that it cannot be among the
 * dependencies of a repository that runs on Node 20: it is installed beside, once.
 */
const packages = {
  '@opentelemetry/api': '1.10.0',
  '@opentelemetry/context-async-hooks': '3.1.1',
  '@opentelemetry/core': '3.1.1',
  '@opentelemetry/exporter-trace-otlp-proto': '0.301.1',
  '@opentelemetry/instrumentation-amqplib': '0.71.0',
  '@opentelemetry/instrumentation-kafkajs': '0.33.0',
  '@opentelemetry/sdk-trace': '3.1.1',
}
const bench = fileURLToPath(new URL('../..', import.meta.url))

/** The folder whose packages are OpenTelemetry's of a generation. */
export function folderOfGeneration(generation: 2 | 3): string {
  return generation === 2
    ? bench
    : join(cacheFolder(), `opentelemetry-${packages['@opentelemetry/sdk-trace']}`)
}

/**
 * Installs the third generation, where it is not installed yet.
 *
 * @returns why it cannot take part; undefined where it can.
 */
export async function installThird(): Promise<string | undefined> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 15)) return 'OpenTelemetry 3 needs Node 22.15'
  const folder = folderOfGeneration(3)
  try {
    await withLock(`${folder}.lock`, async () => {
      if (!existsSync(folder)) await install(folder)
    })
    return undefined
  } catch (error) {
    return `OpenTelemetry 3 could not be installed: ${(error as Error).message.split('\n')[0]}`
  }
}

async function install(folder: string): Promise<void> {
  // Installed beside and renamed, so that a folder of this name is always complete.
  const work = `${folder}.installing`
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  await writeFile(join(work, 'package.json'), JSON.stringify({ private: true, dependencies: packages }))
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund'], { cwd: work })
  await rename(work, folder)
}
