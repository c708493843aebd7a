import type {
  MethodDefinition,
  Server,
  ServerInterceptor,
  ServerUnaryCall,
  sendUnaryData,
} from '@grpc/grpc-js'
import { status as grpcStatus, Metadata, ServerInterceptingCall } from '@grpc/grpc-js'
import { encodeStatus } from '@waybill/wire/otlp'
import { newGrpcServer } from '../grpc/server.ts'
import type { ReceiverCounter } from '../metrics.ts'
import type { ReceiverOptions } from './receiver.ts'
import { rpcStatusOf } from './rpc-status.ts'

export type BytesCall = ServerUnaryCall<Buffer, Buffer>
export type BytesCallback = sendUnaryData<Buffer>

/** Messages stay bytes on both sides: no object is made of a request. */
const asBytes = (bytes: Buffer): Buffer => bytes

/** A method that takes one message and gives one. @param path such as `/package.Service/Method`. */
export function bytesMethod(path: string): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  }
}

/** A gRPC server for a receiver, not listening yet: one with its limit, that counts what fails below the calls. */
export function receivingGrpcServer({
  counter,
  maxBodyBytes,
}: Pick<ReceiverOptions, 'counter' | 'maxBodyBytes'>): Server {
  return newGrpcServer({
    'grpc.max_receive_message_length': maxBodyBytes,
    interceptors: [countTransportErrors(counter)],
  })
}

/** An error as gRPC has it (OTLP specification, "OTLP/gRPC Throttling"). */
export function grpcFailure(error: unknown): { code: number; details: string; metadata: Metadata } {
  const status = rpcStatusOf(error)
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus(status)))
  return { code: status.code, details: status.message.toWellFormed(), metadata }
}

/** Outcomes of what the library refuses by itself, before a message reaches us. */
const transportOutcomes: Readonly<Record<number, string>> = {
  [grpcStatus.RESOURCE_EXHAUSTED]: 'body_too_large',
  [grpcStatus.INTERNAL]: 'bad_compression',
  [grpcStatus.UNIMPLEMENTED]: 'unsupported_type',
  [grpcStatus.DEADLINE_EXCEEDED]: 'aborted',
}

/**
 * Counts requests that end before their message is whole: too large, not decompressible, too late. The
 * library sends these statuses from its innermost call, which interceptors do not see unless they stand
 * before its `sendStatus`.
 */
function countTransportErrors(counter: ReceiverCounter): ServerInterceptor {
  return (_method, call) => {
    let delivered = false
    const sendStatus = call.sendStatus.bind(call)
    call.sendStatus = status => {
      if (!delivered) counter.request(transportOutcomes[status.code ?? grpcStatus.UNKNOWN] ?? 'aborted')
      delivered = true
      sendStatus(status)
    }
    return new ServerInterceptingCall(call, {
      start: next =>
        next({
          onReceiveMessage: (message, deliver) => {
            delivered = true
            deliver(message)
          },
        }),
    })
  }
}
