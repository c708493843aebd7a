import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { setUp, Unavailable } from '@waybill/brokers'

/** A client with an addon of C++, which `npm ci` does not install: a folder of `native/`. */
export interface NativeClient {
  readonly folder: string
  readonly name: '@confluentinc/kafka-javascript' | 'node-rdkafka'
  readonly version: string
}

/** Both ends of the ranges that are supported. */
export const confluents: readonly NativeClient[] = [
  { folder: 'confluent', name: '@confluentinc/kafka-javascript', version: '1.10.1' },
  { folder: 'confluent-oldest', name: '@confluentinc/kafka-javascript', version: '1.0.0' },
]
export const rdkafkas: readonly NativeClient[] = [
  { folder: 'rdkafka', name: 'node-rdkafka', version: '3.6.1' },
  { folder: 'rdkafka-oldest', name: 'node-rdkafka', version: '3.4.0' },
]

/** All of them, built for one version of Node. */
const workshop: Workshop = {
  name: `native-clients-${process.version}`,
  source: fileURLToPath(new URL('../../native', import.meta.url)),
  setUp: [[process.execPath, 'install.mjs']],
  run: () => [process.execPath],
}

/** Without these, nothing can be built. */
const tools = ['make', 'g++', 'python3', 'npm']

/**
 * The folder in which a client is installed, with its `node_modules`. Undefined where this machine cannot have it:
 * then the test is skipped, and says so loudly.
 */
export async function nativeFolder(client: NativeClient, t: TestContext): Promise<string | undefined> {
  try {
    for (const tool of tools) requireTool(tool)
    return join(await setUp(workshop, console.error), client.folder)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.error(`SKIPPED ${client.name} ${client.version}, ${t.name}: ${error.message}`)
    t.skip(error.message)
    return undefined
  }
}

/** An installed client's module; undefined, and the test skipped, where this machine cannot have it. */
export async function nativeModule(client: NativeClient, t: TestContext): Promise<unknown> {
  const folder = await nativeFolder(client, t)
  return folder === undefined ? undefined : createRequire(join(folder, 'package.json'))(client.name)
}

function requireTool(tool: string): void {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
  } catch {
    throw new Unavailable(`${tool} is not installed`)
  }
}
