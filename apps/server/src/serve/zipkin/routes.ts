import { errorTable } from '@waybill/model'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { addCompression } from '../compression.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'
import { addSecurityHeaders } from '../security-headers.ts'
import type { ZipkinApiOptions } from './api-routes.ts'
import { zipkinApi } from './api-routes.ts'

export interface ZipkinOptions extends ZipkinApiOptions {
  /** Of this server. */
  readonly version: string
  /** Rejects where the store does not answer. Waits for nothing else: probes are impatient. */
  readonly checkStore: () => Promise<unknown>
  /** Whether pages of this origin may read the answers. */
  readonly allowsOrigin: (origin: string) => boolean
  /** Address of the web UI: who opens Zipkin's is sent there. */
  readonly webUrl: string
}

/** The version of Zipkin whose API this is. */
const zipkinVersion = '3.5.1'

/** What Zipkin's web UI asks first (Zipkin 3.5, ZipkinUiConfiguration), with the defaults there. */
const uiConfig = {
  environment: '',
  queryLimit: 10,
  defaultLookback: 900_000,
  searchEnabled: true,
  logsUrl: null,
  supportUrl: null,
  archivePostUrl: null,
  archiveUrl: null,
  dependency: { enabled: true, lowErrorRate: 0.5, highErrorRate: 0.75 },
} as const

/**
 * What Zipkin's server answers on its port beside taking spans: its API below `/api/v2` and, for its web UI, below
 * `/zipkin/api/v2`; `/health`, `/info` and `/config.json`. The pages of its UI lead to those of this one.
 *
 * Errors are plain text, as there.
 */
export async function zipkinRoutes(app: FastifyInstance, options: ZipkinOptions): Promise<void> {
  const { version, checkStore, log, allowsOrigin, webUrl } = options
  addSecurityHeaders(app)
  await addCompression(app)
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined) return
    reply.header('vary', 'Origin')
    if (allowsOrigin(origin)) reply.header('access-control-allow-origin', origin)
  })
  // What a browser asks before it asks or sends with headers of its own ("CORS-preflight request")
  for (const path of ['/api/v2/*', '/zipkin/*'])
    app.options(path, (request, reply) => {
      const wanted = request.headers['access-control-request-headers']
      if (wanted !== undefined) reply.header('access-control-allow-headers', wanted)
      reply.header('access-control-allow-methods', 'GET, POST').header('access-control-max-age', '7200')
      return reply.code(204).send()
    })
  app.setErrorHandler((failure, request, reply) => {
    const error = asWaybillError(failure)
    logUnforeseen(log, error, request.url)
    if (error.retry) reply.header('retry-after', '1')
    return sendText(reply, error.status, error.message)
  })

  for (const prefix of ['/api/v2', '/zipkin/api/v2']) await app.register(zipkinApi, { ...options, prefix })
  for (const path of ['/config.json', '/zipkin/config.json']) app.get(path, async () => uiConfig)

  app.get('/info', async () => ({ zipkin: { version: zipkinVersion }, waybill: { version } }))

  app.get('/health', async (request, reply) => {
    const [state, problem] = await checkStore().then(
      () => ['UP', undefined] as const,
      (failure: unknown) => {
        const error = asWaybillError(failure)
        logUnforeseen(log, error, request.url)
        return ['DOWN', error.message] as const
      },
    )
    reply.code(state === 'UP' ? 200 : errorTable.SHUTTING_DOWN.status)
    const store = problem === undefined ? { status: state } : { status: state, details: { error: problem } }
    return { status: state, zipkin: { status: state, details: { store } } }
  })

  const openPage = (path: string, host: string, reply: FastifyReply): FastifyReply => {
    const page = new URL(webUrl.replace(/\/$/, '') + path)
    // That of a server which listens on every interface is localhost: whoever asked reached it by another name
    page.hostname = host
    return reply.redirect(page.href)
  }
  for (const path of ['/', '/zipkin', '/zipkin/', '/zipkin/dependency'])
    app.get(path, (request, reply) => openPage('/', request.hostname, reply))
  app.get('/zipkin/traces/:traceId', (request, reply) => {
    const { traceId = '' } = request.params as { readonly traceId?: string }
    return openPage(`/trace/${encodeURIComponent(traceId)}`, request.hostname, reply)
  })
  app.get('*', (_request, reply) => sendText(reply, 404, '404 Not Found'))
}

function sendText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(text)
}
