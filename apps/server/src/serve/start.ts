import type { Listening, ListenOptions } from '../listen.ts'
import { hostPort, listenError } from '../listen.ts'
import type { HttpOptions } from './http.ts'
import { buildHttp, normalizeBasePath } from './http.ts'

/** Requests that are still not answered this long after the end was asked for lose their connection. */
const graceMs = 5_000

/** The web and the API, under the address that people open. */
export interface HttpListening extends Listening {
  /** `http://127.0.0.1:16686/`, base path included. */
  readonly url: string
}

/**
 * Starts the server of the web UI, the native API and Jaeger's legacy JSON API.
 *
 * @throws StartupError where the port cannot be had.
 */
export async function startHttp(options: HttpOptions & ListenOptions): Promise<HttpListening> {
  const { host, port, purpose, basePath = '/' } = options
  const app = await buildHttp(options)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw listenError(options, error)
  }
  const bound = app.server.address()
  const address = hostPort(host, typeof bound === 'object' && bound !== null ? bound.port : port)
  const close = async (): Promise<void> => {
    const impatience = setTimeout(() => app.server.closeAllConnections(), graceMs)
    await app.close()
    clearTimeout(impatience)
  }
  return { purpose, address, url: `http://${address}${normalizeBasePath(basePath)}`, close }
}
