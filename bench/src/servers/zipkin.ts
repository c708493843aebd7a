import { freePorts } from '@waybill/brokers'
import { zipkinDialect } from '../dialects/zipkin.ts'
import type { ServerRecipe } from './server-under-test.ts'

/** Zipkin's server in memory, as its quick start runs it, from its executable jar. */
export function zipkin(jar: string): ServerRecipe {
  return {
    name: 'Zipkin memory',
    durable: false,
    dialect: zipkinDialect,
    async prepare() {
      const [port] = await freePorts(1)
      const url = `http://127.0.0.1:${port}`
      const listen = { ip: '127.0.0.1', port, 'protocols[0]': 'http' }
      return {
        command: 'java',
        args: [
          '-jar',
          jar,
          ...Object.entries(listen).map(([name, value]) => `--armeria.ports[0].${name}=${value}`),
        ],
        // Room for everything that is sent: by default it forgets what is beyond 500,000 spans.
        env: { STORAGE_TYPE: 'mem', MEM_MAX_SPANS: '4000000' },
        intakeUrl: `${url}/api/v2/spans`,
        queryUrl: url,
        readyUrl: `${url}/health`,
      }
    },
  }
}
