import type { ServiceDefinition } from '@grpc/grpc-js'
import { encodeExportResponse } from '@waybill/wire/otlp'
import { listenGrpc } from '../grpc/server.ts'
import type { BytesCall, BytesCallback } from './grpc-calls.ts'
import { bytesMethod, grpcFailure, receivingGrpcServer } from './grpc-calls.ts'
import type { StartReceiver } from './receiver.ts'
import { refusalReport } from './receiver.ts'

/** A service of the OTLP collector (collector/trace/v1/trace_service.proto and its sisters). */
function exportService(service: string): ServiceDefinition {
  return { Export: bytesMethod(`/opentelemetry.proto.collector.${service}/Export`) }
}

/** What Waybill does not keep, but does not fail a client for either. */
const otherServices = { logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' } as const

/**
 * OTLP over gRPC (OTLP specification 1.x, "OTLP/gRPC"): TraceService/Export, plain or gzip. Errors carry a
 * google.rpc.Status in `grpc-status-details-bin`, with RetryInfo where trying again helps.
 */
export const startOtlpGrpc: StartReceiver = async options => {
  const { accept, counter, log, purpose } = options
  const report = refusalReport(options)
  const server = receivingGrpcServer(options)
  server.addService(exportService('trace.v1.TraceService'), {
    Export: ({ request }: BytesCall, callback: BytesCallback) => {
      counter.bytes(request.length)
      accept(request).then(
        ({ rejectedSpans, reason }) => {
          counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
          callback(null, Buffer.from(encodeExportResponse({ rejectedSpans, errorMessage: reason })))
        },
        (error: unknown) => {
          report(error)
          callback(grpcFailure(error))
        },
      )
    },
  })
  const told = new Set<string>()
  for (const [signal, service] of Object.entries(otherServices))
    server.addService(exportService(service), {
      Export: (_call: BytesCall, callback: BytesCallback) => {
        if (!told.has(signal)) log.warn(`${purpose}: a client sends ${signal}; Waybill keeps traces only`)
        told.add(signal)
        counter.request(signal)
        const errorMessage = `Waybill keeps traces only; these ${signal} are not stored`
        callback(null, Buffer.from(encodeExportResponse({ rejectedSpans: 0, errorMessage })))
      },
    })

  return listenGrpc(server, options)
}
