import { join } from 'node:path'
import { freePorts } from '@waybill/brokers'
import { jaegerDialect } from '../dialects/jaeger.ts'
import type { ServerRecipe } from './server-under-test.ts'

/** VictoriaTraces, single node, from a binary built elsewhere. */
export function victoriaTraces(binary: string): ServerRecipe {
  return {
    name: 'VictoriaTraces',
    durable: true,
    dialect: jaegerDialect,
    async prepare(folder) {
      const [port] = await freePorts(1)
      const url = `127.0.0.1:${port}`
      return {
        command: binary,
        args: [`-httpListenAddr=${url}`, `-storageDataPath=${join(folder, 'data')}`, '-loggerLevel=WARN'],
        intakeUrl: `http://${url}/insert/opentelemetry/v1/traces`,
        queryUrl: `http://${url}/select/jaeger`,
        readyUrl: `http://${url}/health`,
      }
    },
  }
}
