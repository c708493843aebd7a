import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePorts } from '@waybill/brokers'
import { jaegerDialect } from '../dialects/jaeger.ts'
import type { ServerRecipe } from './server-under-test.ts'

const local = '127.0.0.1'
const serverBin = fileURLToPath(new URL('../../../apps/server/bin/waybill.js', import.meta.url))

/** Waybill with its embedded store. */
export const waybill: ServerRecipe = {
  name: 'Waybill',
  durable: true,
  dialect: jaegerDialect,
  async prepare(folder) {
    const [http, grpc, api, health] = await freePorts(4)
    return {
      command: process.execPath,
      args: [serverBin, 'serve'],
      env: {
        WAYBILL_DATA: join(folder, 'data'),
        WAYBILL_OTLP_HTTP_PORT: String(http),
        WAYBILL_OTLP_GRPC_PORT: String(grpc),
        WAYBILL_HTTP_PORT: String(api),
        WAYBILL_HEALTH_PORT: String(health),
        WAYBILL_PORTS: 'free',
        WAYBILL_LOG_LEVEL: 'warn',
      },
      intakeUrl: `http://${local}:${http}/v1/traces`,
      grpcUrl: `http://${local}:${grpc}`,
      queryUrl: `http://${local}:${api}`,
      readyUrl: `http://${local}:${health}/`,
    }
  },
}
