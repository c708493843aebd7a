import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as httpRequest } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { closeOnSignal } from '../service.ts'
import { servePage } from './page.ts'
import { zipkinReporter } from './zipkin-reporter.ts'
import type { SpanIds } from './zipkin-span.ts'
import { b3Headers, nextIds } from './zipkin-span.ts'

/*
 * edge-proxy: the way into the shop, as a mesh's gateway is. Like Envoy it knows nothing of the services' code: it
 * starts the trace, hands it on in B3 headers, and reports a span of each request to Zipkin's API by itself.
 */
const port = Number(process.env['PORT'] ?? 8082)
const upstream = new URL(process.env['ESHOP_URL'] ?? 'http://eshop:8080')
const zipkin = zipkinReporter(
  process.env['OTEL_EXPORTER_ZIPKIN_ENDPOINT'] ?? 'http://localhost:9411/api/v2/spans',
)
const agent = new Agent({ keepAlive: true })
const boundMs = 30_000

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://edge')
  if (await servePage(pathname, response)) return
  if (pathname === '/checkout') await proxy(request, response, pathname)
  else response.writeHead(404).end()
})

/** Passes a request on to eshop, and the answer back, with a span around it. */
async function proxy(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const ids = nextIds(request.headers)
  const requestId = randomUUID()
  const started = { wallUs: Date.now() * 1000, clockMs: performance.now() }
  // Whoever asks learns which trace to look at (W3C Trace Context Level 2).
  response.setHeader('traceresponse', `00-${ids.traceId.padStart(32, '0')}-${ids.id}-01`)
  response.setHeader('x-request-id', requestId)
  let flags = '-'
  try {
    await pass(request, response, { ...b3Headers(ids), 'x-request-id': requestId })
  } catch {
    flags = request.destroyed && !request.complete ? 'DC' : 'UF'
    if (response.headersSent) response.destroy()
    else response.writeHead(503, { 'content-type': 'text/plain' }).end('upstream connect error')
  }
  report(ids, request.method ?? 'GET', path, started, {
    'guid:x-request-id': requestId,
    'http.status_code': String(response.statusCode),
    response_flags: flags,
    ...(response.statusCode >= 500 ? { error: 'true' } : {}),
  })
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const passed = httpRequest(new URL(request.url ?? '/', upstream), {
    agent,
    method: request.method,
    headers: { ...request.headers, ...headers },
    timeout: boundMs,
  })
  passed.on('timeout', () => passed.destroy(new Error(`no answer within ${boundMs} ms`)))
  const answered = once(passed, 'response') as Promise<[IncomingMessage]>
  const [[answer]] = await Promise.all([answered, pipeline(request, passed)])
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  await pipeline(answer, response)
}

function report(
  ids: SpanIds,
  method: string,
  path: string,
  started: { readonly wallUs: number; readonly clockMs: number },
  tags: Readonly<Record<string, string>>,
): void {
  zipkin.report({
    ...ids,
    // Envoy's word for a gateway's way out to the service.
    kind: 'CLIENT',
    name: `eshop${path}`,
    timestamp: started.wallUs,
    duration: Math.max(1, Math.round((performance.now() - started.clockMs) * 1000)),
    localEndpoint: { serviceName: 'edge-proxy' },
    remoteEndpoint: { serviceName: 'eshop' },
    tags: { component: 'proxy', upstream_cluster: 'eshop', 'http.method': method, 'http.url': path, ...tags },
  })
}

closeOnSignal(async () => {
  server.close()
  server.closeAllConnections()
  await zipkin.close()
  agent.destroy()
})
server.listen(port, process.env['HOST'] ?? '127.0.0.1')
await once(server, 'listening')
console.log('ready')
