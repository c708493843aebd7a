import type { Listening, ListenOptions } from '../listen.ts'
import { listen } from '../listen.ts'
import type { HttpOptions } from './http.ts'
import { buildHttp, normalizeBasePath } from './http.ts'

/**
 * Starts the server of the web UI, the native API and Jaeger's legacy JSON API.
 *
 * @returns it, with the base path in its `url`.
 * @throws StartupError where the port cannot be had.
 */
export async function startHttp(options: HttpOptions & ListenOptions): Promise<Listening> {
  const listening = await listen(await buildHttp(options), options)
  return { ...listening, url: listening.url + normalizeBasePath(options.basePath ?? '/').slice(0, -1) }
}
