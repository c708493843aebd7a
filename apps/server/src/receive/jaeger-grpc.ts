import type { GrpcService } from '../grpc/server.ts'
import { listenGrpc } from '../grpc/server.ts'
import type { BytesCall, BytesCallback } from './grpc-calls.ts'
import { bytesMethod, grpcFailure, receivingGrpcServer } from './grpc-calls.ts'
import type { ReceiverOptions, StartReceiver } from './receiver.ts'
import { refusalReport } from './receiver.ts'

export interface JaegerGrpcOptions extends ReceiverOptions {
  /** What else Jaeger's clients ask of this port: which traces to keep. */
  readonly collectorServices: readonly GrpcService[]
}

/** A PostSpansResponse, which has no fields. */
const posted = Buffer.alloc(0)

/**
 * The collector's port for Jaeger's agents and for the exporters of older Collectors (jaeger-idl,
 * proto/api_v2/collector.proto): `jaeger.api_v2.CollectorService/PostSpans`, plain or gzip. The answer has no place
 * to say that spans were left out; the counters have it.
 */
export const startJaegerGrpc: StartReceiver<JaegerGrpcOptions> = options => {
  const { accept, counter, collectorServices } = options
  const report = refusalReport(options)
  const server = receivingGrpcServer(options)
  const take = async (message: Buffer): Promise<void> => {
    counter.bytes(message.length)
    const { rejectedSpans } = await accept(message, 'jaeger_post_spans')
    counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
  }
  server.addService(
    { PostSpans: bytesMethod('/jaeger.api_v2.CollectorService/PostSpans') },
    {
      PostSpans: ({ request }: BytesCall, callback: BytesCallback) => {
        take(request).then(
          () => callback(null, posted),
          (error: unknown) => {
            report(error)
            callback(grpcFailure(error))
          },
        )
      },
    },
  )
  for (const { definition, handlers } of collectorServices) server.addService(definition, handlers)
  return listenGrpc(server, options)
}
