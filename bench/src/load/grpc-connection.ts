import { connect } from 'node:http2'
import type { Connection } from './send.ts'

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
/** RESOURCE_EXHAUSTED and UNAVAILABLE: what OTLP lets a client try again. */
const retryable = ['8', '14']
const retryAfterMs = 100

/**
 * An HTTP/2 connection that calls OTLP's TraceService/Export: a byte for "not compressed", four for the length,
 * then the message (gRPC over HTTP2, "Length-Prefixed-Message"). Bytes are sent as they are, so that the load
 * costs no more than it does over HTTP.
 */
export function grpcConnection(url: string): Connection {
  const session = connect(url)
  return {
    post: body =>
      new Promise((resolve, reject) => {
        session.once('error', reject)
        const settle = (act: () => void): void => {
          session.off('error', reject)
          act()
        }
        const call = session.request({
          ':method': 'POST',
          ':path': path,
          'content-type': 'application/grpc',
          te: 'trailers',
        })
        let status: string | undefined
        let message: unknown
        const note = (headers: Readonly<Record<string, unknown>>): void => {
          if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status'])
          message ??= headers['grpc-message']
        }
        // A refusal may come in the headers alone.
        call.on('response', note)
        call.on('trailers', note)
        call.on('error', error => settle(() => reject(error)))
        call.on('end', () =>
          settle(() => {
            if (status === '0') resolve(undefined)
            else if (retryable.includes(status ?? '')) resolve(retryAfterMs)
            else reject(new Error(`${url}: gRPC status ${status} ${String(message ?? '')}`))
          }),
        )
        call.resume()
        const prefix = Buffer.alloc(5)
        prefix.writeUInt32BE(body.length, 1)
        call.write(prefix)
        call.end(body)
      }),
    close: () => session.close(),
  }
}
