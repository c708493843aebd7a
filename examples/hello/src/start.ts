import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GuardedProcess } from '@waybill/brokers'
import { freePorts, runGuarded, setUp, Unavailable, untilLine } from '@waybill/brokers'
import type { Service, ServiceName } from './services.ts'
import { services } from './services.ts'

export interface HelloOptions {
  /** Where thrift over HTTP goes, path included. */
  readonly jaegerEndpoint: string
  /** Where datagrams of compact thrift go. */
  readonly jaegerAgent: { readonly host: string; readonly port: string }
  /** Of gotest (HTTP, gRPC) and flask_sample; free ones where absent. */
  readonly ports?: readonly [http: number, grpc: number, flask: number]
  /** Told what takes time, and what the services print. */
  readonly onLine?: (line: string) => void
}

/** A service that this machine cannot run, and why. */
export interface LeftOut {
  readonly name: ServiceName
  readonly reason: string
}

export interface RunningHello {
  readonly urls: Readonly<Record<ServiceName, string>>
  /** Host and port of gotest's gRPC. */
  readonly grpc: string
  readonly leftOut: readonly LeftOut[]
  /** Resolves with what to tell when a service ends by itself; never where none runs. */
  readonly ended: Promise<string>
  /** Ends the services in good order: they send their last spans. */
  stop(): Promise<void>
}

const readyMs = 60_000
const graceMs = 10_000

/** Installs and starts the services for which this machine has the tools; resolves when they are ready. */
export async function startHello(options: HelloOptions): Promise<RunningHello> {
  const { jaegerEndpoint, jaegerAgent, onLine = () => undefined } = options
  const [http = 0, grpc = 0, flask = 0] = options.ports ?? (await freePorts(3))
  const urls = { gotest: `http://127.0.0.1:${http}`, flask_sample: `http://127.0.0.1:${flask}` }
  const folder = await mkdtemp(join(tmpdir(), 'hello-'))
  const env = {
    HELLO_HTTP: `127.0.0.1:${http}`,
    HELLO_GRPC: `127.0.0.1:${grpc}`,
    HELLO_FLASK: `127.0.0.1:${flask}`,
    HELLO_DATABASE: join(folder, 'hello.sqlite'),
    OTEL_EXPORTER_JAEGER_ENDPOINT: jaegerEndpoint,
    OTEL_EXPORTER_JAEGER_AGENT_HOST: jaegerAgent.host,
    OTEL_EXPORTER_JAEGER_AGENT_PORT: jaegerAgent.port,
  }
  const leftOut: LeftOut[] = []
  const running: { readonly name: ServiceName; readonly process: GuardedProcess }[] = []

  async function start({ name, workshop, program }: Service): Promise<void> {
    const cwd = await setUp(workshop, line => onLine(`… ${line}`)).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error
      leftOut.push({ name, reason: error.message.split('\n', 1)[0] ?? '' })
      return undefined
    })
    if (cwd === undefined) return
    const [command = '', ...args] = workshop.run(program)
    const process = runGuarded({ command, args, cwd, env, graceMs })
    running.push({ name, process })
    await untilLine(process, /^ready\s/, readyMs).catch((error: Error) => {
      throw new Error(`${name} ${error.message}`)
    })
    process.onLine(line => onLine(`${name} │ ${line}`))
  }

  const stop = async (): Promise<void> => {
    await Promise.all(running.splice(0).map(({ process }) => process.end()))
    await rm(folder, { recursive: true, force: true })
  }
  const started = await Promise.allSettled(services.map(start))
  const failed = started.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    await stop()
    throw failed.reason
  }
  const ends = running.map(async ({ name, process }) => `${name} ended by itself (${await process.ended})`)
  return { urls, grpc: env.HELLO_GRPC, leftOut, ended: Promise.race(ends), stop }
}
