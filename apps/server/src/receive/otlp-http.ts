import { WaybillError } from '@waybill/model'
import { listen } from '../listen.ts'
import { receivingServer } from './http-server.ts'
import type { OtlpRoutesOptions } from './otlp-routes.ts'
import { otlpRoutes, tracesPath } from './otlp-routes.ts'
import type { ReceiverOptions, StartReceiver } from './receiver.ts'

/** OTLP over HTTP, on a port of its own: see {@link otlpRoutes}. */
export const startOtlpHttp: StartReceiver<ReceiverOptions & OtlpRoutesOptions> = async options => {
  const app = receivingServer((reply, message) => reply.send({ code: 3, message }))
  const refuse = otlpRoutes(app, options)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]
    return refuse(request, reply, new WaybillError('NOT_FOUND', `nothing is at ${path}; try ${tracesPath}`))
  })
  return listen(app, options)
}
