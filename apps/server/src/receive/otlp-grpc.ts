import type {
  MethodDefinition,
  ServerInterceptor,
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
} from '@grpc/grpc-js'
import { status as grpcStatus, Metadata, Server, ServerInterceptingCall } from '@grpc/grpc-js'
import { encodeExportResponse, encodeStatus } from '@waybill/wire/otlp'
import { listenGrpc } from '../grpc/server.ts'
import type { ReceiverCounter } from '../metrics.ts'
import type { StartReceiver } from './receiver.ts'
import { refusalReport } from './receiver.ts'
import { rpcStatusOf } from './rpc-status.ts'

/** Messages stay bytes on both sides: no object is made of a request. */
const asBytes = (bytes: Buffer): Buffer => bytes

/** A service of the OTLP collector (collector/trace/v1/trace_service.proto and its sisters). */
function exportService(service: string): ServiceDefinition {
  const method: MethodDefinition<Buffer, Buffer> = {
    path: `/opentelemetry.proto.collector.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  }
  return { Export: method }
}

/** What Waybill does not keep, but does not fail a client for either. */
const otherServices = { logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' } as const

type Call = ServerUnaryCall<Buffer, Buffer>
type Callback = sendUnaryData<Buffer>

/**
 * OTLP over gRPC (OTLP specification 1.x, "OTLP/gRPC"): TraceService/Export, plain or gzip. Errors carry a
 * google.rpc.Status in `grpc-status-details-bin`, with RetryInfo where trying again helps.
 */
export const startOtlpGrpc: StartReceiver = async options => {
  const { accept, counter, log, purpose, maxBodyBytes } = options
  const report = refusalReport(options)
  const server = new Server({
    'grpc.max_receive_message_length': maxBodyBytes,
    interceptors: [countTransportErrors(counter)],
  })

  server.addService(exportService('trace.v1.TraceService'), {
    Export: ({ request }: Call, callback: Callback) => {
      counter.bytes(request.length)
      accept(request).then(
        ({ rejectedSpans, reason }) => {
          counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
          callback(null, Buffer.from(encodeExportResponse({ rejectedSpans, errorMessage: reason })))
        },
        (error: unknown) => {
          report(error)
          callback(failure(error))
        },
      )
    },
  })
  const told = new Set<string>()
  for (const [signal, service] of Object.entries(otherServices))
    server.addService(exportService(service), {
      Export: (_call: Call, callback: Callback) => {
        if (!told.has(signal)) log.warn(`${purpose}: a client sends ${signal}; Waybill keeps traces only`)
        told.add(signal)
        counter.request(signal)
        const errorMessage = `Waybill keeps traces only; these ${signal} are not stored`
        callback(null, Buffer.from(encodeExportResponse({ rejectedSpans: 0, errorMessage })))
      },
    })

  return listenGrpc(server, options)
}

/** An error as gRPC has it (OTLP specification, "OTLP/gRPC Throttling"). */
function failure(error: unknown): { code: number; details: string; metadata: Metadata } {
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
