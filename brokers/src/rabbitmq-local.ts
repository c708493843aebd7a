import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installDebianPackage } from './debian-package.ts'
import { BrokerUnavailable } from './errors.ts'
import { freePorts } from './free-port.ts'
import type { GuardedProcess } from './guarded-process.ts'
import { runGuarded } from './guarded-process.ts'
import type { RabbitmqBroker, RabbitmqOptions } from './rabbitmq-broker.ts'
import { untilLine } from './until-line.ts'

const startBoundMs = 60_000
const endGraceMs = 10_000
const startAttempts = 3

/**
 * RabbitMQ's own start script, wherever packages put it. Debian's `rabbitmq-server` in the path is a wrapper that
 * changes the user and forgets the environment.
 */
const scripts = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/homebrew/sbin/rabbitmq-server',
  '/usr/local/sbin/rabbitmq-server',
]

interface Ports {
  readonly broker: number
  /** Where nodes would talk to each other. */
  readonly distribution: number
  /** Where Erlang's nodes find each other. */
  readonly portMapper: number
}

/** A broker of the system's package, or of Debian's, installed where we may; its data in a temporary folder. */
export async function startLocalRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqBroker> {
  const script = await rabbitmqScript(options.onProgress ?? (() => undefined))
  for (let attempt = 1; ; attempt++) {
    const [free = 0, distribution = 0, portMapper = 0] = await freePorts(3)
    try {
      return await startOn(script, { broker: options.port ?? free, distribution, portMapper })
    } catch (error) {
      // Between finding a free port and the broker's listening on it, another process can take it.
      const isPortTaken = error instanceof BrokerUnavailable && /eaddrinuse/i.test(error.message)
      if (!isPortTaken || options.port !== undefined || attempt === startAttempts) throw error
    }
  }
}

async function startOn(script: string, ports: Ports): Promise<RabbitmqBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-rabbitmq-'))
  const afterOrphaned = `rm -rf '${folder}'`
  const env = await environment(folder, ports)
  // A port mapper of our own: the one that Erlang would start is a daemon that nobody ends.
  const portMapper = runGuarded({
    command: 'epmd',
    args: ['-port', String(ports.portMapper), '-address', '127.0.0.1'],
    graceMs: endGraceMs,
  })
  const broker = runGuarded({ command: script, args: [], env, afterOrphaned, graceMs: endGraceMs })
  const stop = async (): Promise<void> => {
    await broker.end()
    await portMapper.end()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await started(broker)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `amqp://guest:guest@127.0.0.1:${ports.broker}`, kind: 'local', stop }
}

/** RabbitMQ's documentation, "Configuration" and "File and Directory Locations". */
async function environment(folder: string, ports: Ports): Promise<Readonly<Record<string, string>>> {
  const data = join(folder, 'data')
  const logs = join(folder, 'logs')
  await mkdir(data)
  await mkdir(logs)
  const settings = {
    'listeners.tcp.1': `127.0.0.1:${ports.broker}`,
    'log.console': 'true',
    'log.console.level': 'info',
    'log.file': 'false',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`)
  await writeFile(join(folder, 'rabbitmq.conf'), lines.join(''))
  return {
    // Erlang's cookie is kept there.
    HOME: folder,
    ERL_EPMD_PORT: String(ports.portMapper),
    RABBITMQ_NODENAME: `waybill-${ports.broker}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: data,
    RABBITMQ_LOG_BASE: logs,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    // The system's own settings are for the system's own broker.
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  }
}

/** Resolves when the broker says that it has started; throws when it does not. */
async function started(broker: GuardedProcess): Promise<void> {
  const errors: string[] = []
  broker.onLine(line => {
    if (/error|eaddrinuse|failed/i.test(line)) errors.push(line.trim())
  })
  await untilLine(broker, /Server startup complete/, startBoundMs).catch((error: Error) => {
    const why = errors.find(line => /eaddrinuse/i.test(line)) ?? errors[0] ?? error.message
    throw new BrokerUnavailable(`RabbitMQ did not start: ${why}`)
  })
}

async function rabbitmqScript(onProgress: (line: string) => void): Promise<string> {
  const found = await findScript()
  if (found !== undefined) return found
  await installDebianPackage('rabbitmq-server', 'RabbitMQ', onProgress)
  const installed = await findScript()
  if (installed !== undefined) return installed
  throw new BrokerUnavailable('rabbitmq-server was installed, but its start script was not found')
}

async function findScript(): Promise<string | undefined> {
  for (const path of scripts) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
