import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { findAttribute } from '@waybill/model'
import type { SpanData } from '@waybill/wire/otlp'
import { decodeTraces } from '@waybill/wire/otlp'

/** A span as it came over the wire, with the service that sent it. */
export type ReceivedSpan = SpanData & { readonly service: string }

/** An OTLP/HTTP endpoint that keeps what it is sent. */
export interface Receiver {
  readonly endpoint: string
  readonly spans: ReceivedSpan[]
  /** The headers of each request. */
  readonly requests: IncomingMessage['headers'][]
}

/** A receiver on a free port, from before the tests of the calling file until after them. */
export function testReceiver(): Receiver {
  const spans: ReceivedSpan[] = []
  const requests: IncomingMessage['headers'][] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push(request.headers)
    const body = Buffer.concat(chunks)
    spans.push(...spansOf(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body))
    response.setHeader('content-type', 'application/x-protobuf').end()
  })
  let endpoint = ''
  before(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    get endpoint() {
      return endpoint
    },
    spans,
    requests,
  }
}

function spansOf(body: Uint8Array): readonly ReceivedSpan[] {
  return decodeTraces(body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const name = findAttribute(resource?.attributes ?? [], 'service.name')
    const service = name !== undefined && 'stringValue' in name ? String(name.stringValue) : ''
    return scopeSpans.flatMap(scope => scope.spans.map(span => ({ ...span, service })))
  })
}
