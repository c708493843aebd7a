import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { introspect } from '../grpc/introspection.ts'
import { parseProtos, readProtos, serviceDefinition } from '../grpc/protos.ts'
import type { GrpcService } from '../grpc/server.ts'
import { serveGrpc } from '../grpc/server.ts'
import type { Listening, ListenOptions } from '../listen.ts'
import type { StrategySource } from './strategy-source.ts'

interface Parameters {
  readonly serviceName: string
}

type Source = Pick<StrategySource, 'strategyOf'>

const protos = readProtos(new URL('.', import.meta.url), ['sampling.proto'])

/** jaeger.api_v2.SamplingManager, for any server: Jaeger's collector port has it, too. */
export function samplingService({ strategyOf }: Source, root = parseProtos(protos)): GrpcService {
  return {
    definition: serviceDefinition(root, 'jaeger.api_v2.SamplingManager'),
    handlers: {
      GetSamplingStrategy: (
        { request }: ServerUnaryCall<Parameters, object>,
        callback: sendUnaryData<object>,
      ) => callback(null, strategyOf(request.serviceName)),
    },
  }
}

/**
 * Remote sampling over gRPC, with health and reflection.
 *
 * @throws StartupError where the port cannot be had.
 */
export function startSamplingGrpc(source: Source, options: ListenOptions): Promise<Listening> {
  const { root, services } = introspect(protos)
  return serveGrpc([samplingService(source, root), ...services], options)
}
