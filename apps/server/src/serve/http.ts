import { apiPaths } from '@waybill/api'
import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { addCompression } from './compression.ts'
import type { ErrorLog } from './error-reply.ts'
import { errorBody } from './error-reply.ts'
import { legacyRoutes } from './jaeger/legacy-routes.ts'
import { v3Routes } from './jaeger/v3-routes.ts'
import { nativeRoutes } from './native-routes.ts'
import type { Queries } from './queries.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { serveWeb } from './web.ts'

export interface HttpOptions {
  readonly queries: Queries
  readonly log: ErrorLog
  /** The web's build, `apps/web/dist`. */
  readonly webFolder: string
  /** Path below which everything is served, for a proxy in front: `/tracing`. `/` if absent. */
  readonly basePath?: string
  /** The largest shift of a host's clock that Jaeger's API makes, in milliseconds; 0, the default, only warns. */
  readonly maxClockSkew?: number
  /** Further routes below the base path, each in a scope of its own. */
  readonly plugins?: readonly ((app: FastifyInstance) => void)[]
  /** Milliseconds since 1970; the clock if absent. */
  readonly now?: () => number
}

/**
 * The server of the port that people open: web UI, native API, Jaeger's legacy JSON API and its api_v3.
 *
 * @returns the server, not listening yet.
 */
export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { queries, log, webFolder, plugins = [], now = Date.now, maxClockSkew = 0 } = options
  const basePath = normalizeBasePath(options.basePath ?? '/')
  const app = fastify({
    // Names of services and destinations stand in paths and may be long; Node limits the whole at 16 KiB.
    routerOptions: { maxParamLength: 16_384 },
    // A path that cannot be decoded.
    frameworkErrors: (error, request, reply) =>
      notFound(request, reply as FastifyReply, new WaybillError('BAD_PARAMETER', error.message)),
  })
  addSecurityHeaders(app)
  await addCompression(app)
  const prefix = basePath.slice(0, -1)
  await app.register(
    async scope => {
      for (const plugin of plugins) await scope.register(async inner => plugin(inner))
      await scope.register(nativeRoutes, { queries, log, now })
      await scope.register(legacyRoutes, { queries, log, now, maxClockSkew })
      await scope.register(v3Routes, { queries, log, now, maxClockSkew })
      const page = await serveWeb(scope, webFolder, basePath)
      scope.setNotFoundHandler((request, reply) => {
        const path = request.url.slice(prefix.length)
        if (path === '') return reply.redirect(basePath)
        if (/^\/(?:api|assets)(?:[/?]|$)/.test(path)) return notFound(request, reply)
        if (request.method === 'GET' || request.method === 'HEAD') return page(request, reply)
        return notFound(request, reply)
      })
    },
    { prefix },
  )
  if (basePath !== '/')
    app.setNotFoundHandler((request, reply) =>
      request.url === '/' ? reply.redirect(basePath) : notFound(request, reply),
    )
  return app
}

/** `tracing`, `/tracing` and `/tracing/` are one base path: `/tracing/`. */
export function normalizeBasePath(path: string): string {
  const trimmed = path.replace(/^\/+|\/+$/g, '')
  return trimmed === '' ? '/' : `/${trimmed}/`
}

/** A path that nothing answers: JSON where the native API would, Go's plain text elsewhere, as Jaeger does. */
function notFound(request: FastifyRequest, reply: FastifyReply, error?: WaybillError): FastifyReply {
  const native = request.url.includes(apiPaths.root)
  const known = native && request.method !== 'GET' && request.method !== 'HEAD'
  const failure =
    error ??
    (known
      ? new WaybillError('METHOD_NOT_ALLOWED', `${request.method} is not answered here`)
      : new WaybillError('NOT_FOUND', `nothing is at ${request.url.split('?')[0]}`))
  if (known) reply.header('allow', 'GET, HEAD')
  reply.code(failure.status)
  if (native) return reply.send(errorBody(failure))
  const text = failure.code === 'NOT_FOUND' ? '404 page not found' : failure.message
  return reply.type('text/plain; charset=utf-8').send(`${text}\n`)
}
