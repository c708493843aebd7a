import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from './cache.ts'
import { BrokerUnavailable } from './errors.ts'
import { freePorts } from './free-port.ts'
import type { GuardedProcess } from './guarded-process.ts'
import { runGuarded } from './guarded-process.ts'
import type { KafkaBroker, KafkaOptions } from './kafka-broker.ts'
import { installJava, kafkaJars } from './kafka-jars.ts'
import type { KafkaCredentials } from './kafka-settings.ts'
import { kafkaSettings } from './kafka-settings.ts'
import { untilLine } from './until-line.ts'

const run = promisify(execFile)
const startBoundMs = 60_000
const endGraceMs = 10_000
const startAttempts = 3

/** A broker of Maven Central's jars in a Java process of our own, its data in a temporary folder. */
export async function startLocalKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  await requireJava()
  const jars = await kafkaJars(options.onProgress ?? (() => undefined))
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(jars, options)
    } catch (error) {
      // Between finding a free port and the broker's listening on it, another process can take it.
      const isPortTaken = error instanceof BrokerUnavailable && /address already in use/i.test(error.message)
      if (!isPortTaken || options.port !== undefined || attempt === startAttempts) throw error
    }
  }
}

async function startOn(jars: string, options: KafkaOptions): Promise<KafkaBroker> {
  const [free = 0, controller = 0] = await freePorts(2)
  const broker = options.port ?? free
  const folder = await mkdtemp(join(tmpdir(), 'waybill-kafka-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const dataDir = options.dataDir ?? join(folder, 'data')
    const ports = { broker, controller }
    if (!existsSync(dataDir)) await fillDataFolder(jars, dataDir, options.credentials)
    const settingsPath = await writeSettings(folder, dataDir, ports, options)
    const java = runGuarded({
      command: 'java',
      args: javaArgs(jars, options.heapMegabytes ?? 256, 'kafka.Kafka', settingsPath),
      afterOrphaned: `rm -rf '${folder}'`,
      graceMs: endGraceMs,
    })
    await started(java)
    return {
      brokers: [`127.0.0.1:${broker}`],
      kind: 'local',
      stop: async () => {
        await java.end()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** SCRAM's credentials are among the first metadata, so that a folder with them is made for its broker alone. */
async function fillDataFolder(jars: string, dataDir: string, credentials?: KafkaCredentials): Promise<void> {
  const { username, password, mechanism = 'PLAIN' } = credentials ?? {}
  if (mechanism === 'PLAIN') return cp(await formattedFolder(jars), dataDir, { recursive: true })
  await format(jars, dataDir, ['--add-scram', `${mechanism}=[name=${username},password=${password}]`])
}

/**
 * A data folder as a new KRaft node needs it, with the cluster's id and the first metadata. Made once, beside the
 * jars, and copied for every broker: the tool that makes it is a Java process of its own.
 */
async function formattedFolder(jars: string): Promise<string> {
  const formatted = `${jars}-formatted`
  if (existsSync(formatted)) return formatted
  return withLock(`${formatted}.lock`, async () => {
    if (!existsSync(formatted)) await format(jars, formatted)
    return formatted
  })
}

async function format(jars: string, formatted: string, more: readonly string[] = []): Promise<void> {
  const work = await mkdtemp(`${formatted}-`)
  const data = join(work, 'data')
  const clusterId = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
  try {
    const settingsPath = await writeSettings(work, data, { broker: 9092, controller: 9093 })
    const args = ['format', '--cluster-id', clusterId, '--config', settingsPath, ...more]
    await run('java', javaArgs(jars, 64, 'kafka.tools.StorageTool', ...args))
    await rename(data, formatted)
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)
    throw new BrokerUnavailable(`Kafka could not format its data folder: ${why}`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function writeSettings(
  folder: string,
  dataDir: string,
  ports: { readonly broker: number; readonly controller: number },
  secured: Pick<KafkaOptions, 'credentials' | 'pemPath'> = {},
): Promise<string> {
  const path = join(folder, 'server.properties')
  const lines = Object.entries(kafkaSettings(ports, '127.0.0.1', dataDir, secured))
  await writeFile(path, lines.map(([name, value]) => `${name}=${value}\n`).join(''))
  return path
}

function javaArgs(jars: string, heapMegabytes: number, main: string, ...rest: readonly string[]): string[] {
  return [
    `-Xmx${heapMegabytes}m`,
    '-XX:+UseSerialGC',
    // The quick compiler alone: a third less time and CPU until it is ready; nothing here needs the last throughput.
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
    '-cp',
    join(jars, '*'),
    main,
    ...rest,
  ]
}

/** Resolves when the broker says that it has started; throws when it does not. */
async function started(java: GuardedProcess): Promise<void> {
  const errors: string[] = []
  java.onLine(line => {
    if (/ERROR|Exception|already in use/.test(line)) errors.push(line.trim())
  })
  await untilLine(java, /Kafka Server started/, startBoundMs).catch((error: Error) => {
    const why = errors.find(line => /already in use/i.test(line)) ?? errors[0] ?? error.message
    throw new BrokerUnavailable(`Kafka did not start: ${why}`)
  })
}

async function requireJava(): Promise<void> {
  const version = await run('java', ['-version']).then(
    ({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1]),
    () => undefined,
  )
  if (version === undefined) {
    throw new BrokerUnavailable(`Kafka needs Java 17 or newer and Maven, or Docker: ${installJava()}`)
  }
  if (version < 17)
    throw new BrokerUnavailable(`Kafka needs Java 17 or newer, this is ${version}: ${installJava()}`)
}
