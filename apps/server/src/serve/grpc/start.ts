import { introspect } from '../../grpc/introspection.ts'
import { readProtos, serviceDefinition } from '../../grpc/protos.ts'
import { serveGrpc } from '../../grpc/server.ts'
import type { Listening, ListenOptions } from '../../listen.ts'
import type { TraceSource } from '../jaeger/adjusted-traces.ts'
import type { GrpcQueryOptions } from './options.ts'
import { queryV2 } from './query-v2.ts'
import { queryV3 } from './query-v3.ts'

const protos = readProtos(new URL('proto/', import.meta.url), [
  'google/protobuf/timestamp.proto',
  'google/protobuf/duration.proto',
  'jaeger-model.proto',
  'jaeger-query.proto',
  'otlp-attributes.proto',
  'otlp-resource.proto',
  'otlp-trace.proto',
  'jaeger-expression.proto',
  'jaeger-query-v3.proto',
])

/**
 * Starts Jaeger's query API over gRPC: api_v2 and api_v3, with health and reflection.
 *
 * @throws StartupError where the port cannot be had.
 */
export function startQueryGrpc(options: GrpcQueryOptions, at: ListenOptions): Promise<Listening> {
  const { queries, maxClockSkew } = options
  const source: TraceSource = { queries, maxSkewNano: BigInt(Math.round(maxClockSkew * 1e6)) }
  const { root, services } = introspect(protos)
  const v2 = {
    definition: serviceDefinition(root, 'jaeger.api_v2.QueryService'),
    handlers: queryV2(options, source),
  }
  const v3 = {
    definition: serviceDefinition(root, 'jaeger.api_v3.QueryService'),
    handlers: queryV3(options, source),
  }
  return serveGrpc([v2, v3, ...services], at)
}
