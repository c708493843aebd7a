import { apiPaths } from '@waybill/api'
import { WaybillError } from '@waybill/model'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readTraceId } from './parameters.ts'
import type { Queries } from './queries.ts'

/**
 * The routes that pin traces: the only ones of the native API that change anything. Errors are answered by
 * the handler of `app`.
 */
export function pinRoutes(app: FastifyInstance, pins: Queries['pins']): void {
  app.get(apiPaths.pins, async (_request, reply) => reply.send(await pins.list()))

  const path = `${apiPaths.traces}/:traceId/pin`
  app.post(path, { onRequest: refuseOtherSites }, async (request, reply) => {
    const traceId = traceIdOf(request)
    const trace = await pins.pin(traceId)
    if (trace === undefined) throw new WaybillError('NOT_FOUND', `nothing is stored of trace ${traceId}`)
    return reply.send(trace)
  })
  app.delete(path, { onRequest: refuseOtherSites }, async (request, reply) => {
    await pins.unpin(traceIdOf(request))
    return reply.code(204).send()
  })
  app.route({
    method: ['GET', 'PUT', 'PATCH'],
    url: path,
    handler: async (request, reply) => {
      reply.header('allow', 'POST, DELETE')
      throw new WaybillError('METHOD_NOT_ALLOWED', `${request.method} is not answered here`)
    },
  })
}

/**
 * A page of another site may not change anything here, though a browser would let it send a plain POST.
 * Browsers say where a request comes from (Fetch Metadata, Sec-Fetch-Site); programs send no such header.
 */
export async function refuseOtherSites(request: FastifyRequest): Promise<void> {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new WaybillError('CROSS_SITE', `a page of another site may not ${request.method} here`)
}

function traceIdOf(request: FastifyRequest) {
  return readTraceId((request.params as Record<string, string>)['traceId'] ?? '')
}
