import type { FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { Listening, ListenOptions } from '../listen.ts'
import { listen } from '../listen.ts'
import type { StrategySource } from './strategy-source.ts'

/**
 * Remote sampling over HTTP, as Jaeger's clients and OpenTelemetry's Jaeger remote samplers ask it: any path,
 * `?service=` exactly once. Answers the proto3 JSON of jaeger.api_v2.SamplingStrategyResponse with every field
 * of the parts that are there; `strategyType` by its name. Errors are plain text.
 *
 * @throws StartupError where the port cannot be had.
 */
export function startSamplingHttp(
  { strategyOf }: Pick<StrategySource, 'strategyOf'>,
  options: ListenOptions,
): Promise<Listening> {
  const app = fastify({
    // A path that cannot be decoded.
    frameworkErrors: (error, _request, reply) => refuse(reply as FastifyReply, 400, error.message),
  })
  app.get('/*', (request, reply) => {
    // A name may have question marks; only the first one begins the parameters.
    const at = request.url.indexOf('?')
    const services = new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1)).getAll('service')
    const [service] = services
    if (service === undefined || services.length !== 1)
      return refuse(reply, 400, "'service' parameter must be provided once")
    return reply.type('application/json').send(JSON.stringify(strategyOf(service)))
  })
  app.setNotFoundHandler((request, reply) => {
    reply.header('allow', 'GET, HEAD')
    return refuse(reply, 405, `${request.method} is not answered here, only GET`)
  })
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) =>
    refuse(reply, error.statusCode ?? 500, error.message),
  )
  return listen(app, options)
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${message}\n`)
}
