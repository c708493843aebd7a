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
export function nativeFolder(client: NativeClient, t: TestContext): Promise<string | undefined> {
  return folderIn(workshop, client, t)
}

async function folderIn(built: Workshop, client: NativeClient, t: TestContext): Promise<string | undefined> {
  try {
    for (const tool of tools) requireTool(tool)
    return join(await setUp(built, console.error), client.folder)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.error(`SKIPPED ${client.name} ${client.version}, ${t.name}: ${error.message}`)
    t.skip(error.message)
    return undefined
  }
}

/**
 * The folder of a client's newest version, built for another Node and linked to the librdkafka that was built for
 * this one. Undefined where this machine cannot have it, as {@link nativeFolder}.
 *
 * @param node the path of that Node.
 */
export async function linkedFolder(
  client: NativeClient,
  node: string,
  t: TestContext,
): Promise<string | undefined> {
  const [newest = client] = confluents
  const built = await nativeFolder(newest, t)
  if (built === undefined) return undefined
  const librdkafka = join(built, 'node_modules', newest.name, 'build', 'deps')
  return folderIn(linkedTo(librdkafka, node), client, t)
}

const linked = new Map<string, Workshop>()

function linkedTo(librdkafka: string, node: string): Workshop {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const known = linked.get(version) ?? {
    ...workshop,
    name: `native-clients-${version}`,
    setUp: [[node, 'install.mjs', librdkafka]],
  }
  linked.set(version, known)
  return known
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
