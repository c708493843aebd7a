import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import type protobuf from 'protobufjs'
import { serviceDefinition } from './protos.ts'
import type { GrpcService } from './server.ts'

interface Request {
  /** The empty string asks for the server as a whole. */
  readonly service: string
}

const serving = { status: 'SERVING' } as const
const unknownService = { status: 'SERVICE_UNKNOWN' } as const

/**
 * grpc.health.v1.Health (grpc/grpc, doc/health-checking.md): the server and each of its services are serving
 * from its start to its end, which ends every Watch.
 */
export function healthService(root: protobuf.Root, services: readonly string[]): GrpcService {
  const known = new Set(['', ...services])
  const watches = new Set<ServerWritableStream<Request, object>>()
  return {
    definition: serviceDefinition(root, 'grpc.health.v1.Health'),
    handlers: {
      Check: ({ request }: ServerUnaryCall<Request, object>, callback: sendUnaryData<object>) => {
        if (known.has(request.service)) return callback(null, serving)
        callback({ code: status.NOT_FOUND, details: `there is no service ${request.service}` })
      },
      List: (_call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>) =>
        callback(null, { statuses: Object.fromEntries([...known].map(name => [name, serving])) }),
      Watch: (call: ServerWritableStream<Request, object>) => {
        watches.add(call)
        call.on('close', () => watches.delete(call))
        call.write(known.has(call.request.service) ? serving : unknownService)
      },
    },
    close: () => {
      for (const call of watches) call.end()
    },
  }
}
