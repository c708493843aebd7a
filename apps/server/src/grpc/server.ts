import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { logVerbosity, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import type { Listening, ListenOptions } from '../listen.ts'
import { graceMs, hostPort, listenError, urlOf } from '../listen.ts'

// The library prints what it also gives to callbacks.
setLogVerbosity(logVerbosity.NONE)

/** A gRPC service with what answers it, for whichever server takes it in. */
export interface GrpcService {
  readonly definition: ServiceDefinition
  readonly handlers: UntypedServiceImplementation
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
    close: () =>
      new Promise(resolve => {
        const impatience = setTimeout(() => server.forceShutdown(), graceMs)
        server.tryShutdown(() => {
          clearTimeout(impatience)
          resolve()
        })
      }),
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
