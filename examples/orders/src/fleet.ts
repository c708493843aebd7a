import type { GuardedProcess } from '@waybill/brokers'
import { runGuarded, setUp, Unavailable, untilLine } from '@waybill/brokers'
import type { Service, ServiceName } from './services.ts'
import { commandOf, tracingOf } from './services.ts'

/** What some services are told beyond what all are: variables of their environment. */
export type FleetSettings = Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>

export interface FleetOptions {
  readonly services: readonly Service[]
  /** For every service. */
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
}

/** Running services, whose settings can be changed. */
export interface Fleet {
  /** Services that cannot run on this machine, and why. */
  readonly leftOut: readonly { readonly name: ServiceName; readonly reason: string }[]
  /** Starts what is to run with other settings anew; what is halted stays so. */
  configure(settings: FleetSettings): Promise<void>
  /** Ends one service in good order. */
  halt(name: ServiceName): Promise<void>
  /** Starts a halted service. */
  resume(name: ServiceName): Promise<void>
  /** Resolves, with how, when a service that runs is gone, and starts it with these settings instead of its own. */
  replaceWhenGone(name: ServiceName, settings: Readonly<Record<string, string>>): Promise<string>
  /** Resolves with what to tell when a service ends that nobody ended. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

interface Running {
  readonly process: GuardedProcess
  readonly settings: string
}

const readyMs = 60_000
const graceMs = 10_000

/** Installs the services and starts them, all at once. What cannot be installed is left out. */
export async function startFleet({ services, env, onLine }: FleetOptions): Promise<Fleet> {
  const folders = new Map<ServiceName, string | undefined>()
  const leftOut: { name: ServiceName; reason: string }[] = []
  await Promise.all(
    services.map(async ({ name, workshop }) => {
      try {
        folders.set(
          name,
          workshop === undefined ? undefined : await setUp(workshop, line => onLine(`… ${line}`)),
        )
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        leftOut.push({ name, reason: error.message.split('\n', 1)[0] ?? '' })
      }
    }),
  )
  const runnable = services.filter(({ name }) => folders.has(name))
  const running = new Map<ServiceName, Running>()
  const halted = new Set<ServiceName>()
  const { promise: ended, resolve: tellEnd } = Promise.withResolvers<string>()
  let current: FleetSettings = {}
  let isStopping = false

  async function start(service: Service, own: Readonly<Record<string, string>> = {}): Promise<void> {
    const { name } = service
    const [command = '', ...args] = commandOf(service)
    const cwd = folders.get(name)
    const process = runGuarded({
      command,
      args,
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env, OTEL_SERVICE_NAME: name, WAYBILL_INSTRUMENT_CONFIG: tracingOf(name), ...own },
      graceMs,
    })
    running.set(name, { process, settings: JSON.stringify(own) })
    await untilLine(process, /^ready\s/, readyMs).catch((error: Error) => {
      throw new Error(`${name} ${error.message}`)
    })
    process.onLine(line => onLine(`${name} │ ${line}`))
    void process.ended.then(how => {
      if (running.get(name)?.process === process && !isStopping) tellEnd(`${name} ended by itself (${how})`)
    })
  }

  async function end(name: ServiceName): Promise<void> {
    const process = running.get(name)?.process
    running.delete(name)
    await process?.end()
  }

  const fleet: Fleet = {
    leftOut,
    ended,
    async configure(settings) {
      current = settings
      const changed = runnable.filter(
        ({ name }) =>
          !halted.has(name) && running.get(name)?.settings !== JSON.stringify(settings[name] ?? {}),
      )
      await Promise.all(changed.map(({ name }) => end(name)))
      await Promise.all(changed.map(service => start(service, settings[service.name])))
    },
    async halt(name) {
      halted.add(name)
      await end(name)
    },
    async resume(name) {
      halted.delete(name)
      await fleet.configure(current)
    },
    async replaceWhenGone(name, settings) {
      const gone = running.get(name)?.process
      running.delete(name)
      const how = (await gone?.ended) ?? 'was not there'
      current = { ...current, [name]: settings }
      await fleet.configure(current)
      return how
    },
    async stop() {
      isStopping = true
      // Against the stream, so that what is on its way stays in the brokers.
      for (const { name } of [...runnable].reverse()) await end(name)
    },
  }
  try {
    await fleet.configure({})
  } catch (error) {
    await fleet.stop()
    throw error
  }
  return fleet
}
