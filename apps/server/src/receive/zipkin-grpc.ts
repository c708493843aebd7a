import type { Socket } from 'node:net'
import { ServerCredentials } from '@grpc/grpc-js'
import { shutDownGrpc } from '../grpc/server.ts'
import type { BytesCall, BytesCallback } from './grpc-calls.ts'
import { bytesMethod, grpcFailure, receivingGrpcServer } from './grpc-calls.ts'
import type { ReceiverOptions } from './receiver.ts'
import { refusalReport } from './receiver.ts'

/** A ReportResponse, which has no fields. */
const reported = Buffer.alloc(0)

/**
 * Zipkin's gRPC collector (zipkin-api, zipkin.proto): `zipkin.proto3.SpanService/Report` with a ListOfSpans, plain
 * or gzip. It has no port of its own: connections are given to it.
 */
export function zipkinGrpc(
  options: Pick<ReceiverOptions, 'accept' | 'counter' | 'log' | 'purpose' | 'maxBodyBytes'>,
): { readonly connect: (socket: Socket) => void; readonly close: () => Promise<void> } {
  const { accept, counter } = options
  const report = refusalReport(options)
  const server = receivingGrpcServer(options)
  const take = async (message: Buffer): Promise<void> => {
    counter.bytes(message.length)
    const { rejectedSpans } = await accept(message, 'zipkin_proto')
    counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
  }
  server.addService(
    { Report: bytesMethod('/zipkin.proto3.SpanService/Report') },
    {
      Report: ({ request }: BytesCall, callback: BytesCallback) => {
        take(request).then(
          () => callback(null, reported),
          (error: unknown) => {
            report(error)
            callback(grpcFailure(error))
          },
        )
      },
    },
  )
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  return {
    connect: socket => injector.injectConnection(socket),
    close: () => shutDownGrpc(server),
  }
}
