import type { ServerOptions, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import type { Listening, ListenOptions } from '../listen.ts'
import { graceMs, hostPort, listenError, urlOf } from '../listen.ts'

// The library prints what it also gives to callbacks.
setLogVerbosity(logVerbosity.NONE)

/** A gRPC service with what answers it, for whichever server takes it in. */
export interface GrpcService {
  readonly definition: ServiceDefinition
  readonly handlers: UntypedServiceImplementation
  /** Ends the calls that would go on for as long as their clients like. */
  readonly close?: () => void
}

/**
 * A client that went away without a word, as behind a network that broke, would keep its connection for ever: it is
 * asked after two hours without a sign of it, and given up 20 seconds later, as by servers in Go.
 */
const keepAlive = { 'grpc.keepalive_time_ms': 7_200_000, 'grpc.keepalive_timeout_ms': 20_000 } as const

/** A server without services, not listening yet. */
export function newGrpcServer(options: ServerOptions): Server {
  return new Server({ ...keepAlive, ...options })
}

/**
 * Has a gRPC server listen, without TLS. Its end waits for the calls that are under way.
 *
 * @throws StartupError where the port cannot be had.
 */
export async function listenGrpc(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, name, purpose } = options
  const bound = await bind(server, options)
  return {
    name,
    purpose,
    url: urlOf(host, bound),
    close: () => shutDownGrpc(server),
  }
}

/** Ends a server once the calls that are under way have been answered. */
export function shutDownGrpc(server: Server): Promise<void> {
  return new Promise(resolve => {
    const impatience = setTimeout(() => server.forceShutdown(), graceMs)
    server.tryShutdown(() => {
      clearTimeout(impatience)
      resolve()
    })
  })
}

/** What asks something is small, over HTTP as here: Node takes no longer URL. A longer message is RESOURCE_EXHAUSTED. */
const maxRequestBytes = 16_384

/** A server of these services that listens. @throws StartupError where the port cannot be had. */
export async function serveGrpc(
  services: readonly GrpcService[],
  options: ListenOptions,
): Promise<Listening> {
  const server = newGrpcServer({ 'grpc.max_receive_message_length': maxRequestBytes })
  for (const { definition, handlers } of services) server.addService(definition, handlers)
  const listening = await listenGrpc(server, options)
  return {
    ...listening,
    close: () => {
      const closed = listening.close()
      for (const service of services) service.close?.()
      return closed
    },
  }
}

function bind(server: Server, options: ListenOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const address = hostPort(options.host, options.port)
  server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
    if (error === null) return resolve(port)
    server.forceShutdown()
    reject(listenError(options, error))
  })
  return promise
}
