import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerRecipe } from './server-under-test.ts'
import { freePort } from './server-under-test.ts'

const local = '127.0.0.1'
const serverBin = fileURLToPath(new URL('../../apps/server/bin/waybill.js', import.meta.url))

/** Waybill with its embedded store. */
export const waybill: ServerRecipe = {
  name: 'Waybill',
  durable: true,
  async prepare(folder) {
    const [http, grpc, api, health] = [await freePort(), await freePort(), await freePort(), await freePort()]
    return {
      command: process.execPath,
      args: [serverBin, 'serve'],
      env: {
        WAYBILL_DATA: join(folder, 'data'),
        WAYBILL_OTLP_HTTP_PORT: String(http),
        WAYBILL_OTLP_GRPC_PORT: String(grpc),
        WAYBILL_HTTP_PORT: String(api),
        WAYBILL_HEALTH_PORT: String(health),
        WAYBILL_JAEGER_HTTP_PORT: '0',
        WAYBILL_LOG_LEVEL: 'warn',
      },
      otlpUrl: `http://${local}:${http}/v1/traces`,
      otlpGrpc: `${local}:${grpc}`,
      jaegerUrl: `http://${local}:${api}`,
      readyUrl: `http://${local}:${health}/`,
    }
  },
}

/** Jaeger v2 with badger, its durable store for one machine, or in memory, from a binary built elsewhere. */
export function jaeger(binary: string, storage: 'badger' | 'memory'): ServerRecipe {
  return {
    name: `Jaeger ${storage}`,
    durable: storage === 'badger',
    async prepare(folder) {
      const [http, grpc, api, health] = [
        await freePort(),
        await freePort(),
        await freePort(),
        await freePort(),
      ]
      const file = join(folder, 'jaeger.json')
      const query = {
        http: { endpoint: `${local}:${api}` },
        grpc: { endpoint: `${local}:${await freePort()}` },
      }
      const badger = {
        directories: { keys: join(folder, 'keys'), values: join(folder, 'values') },
        ephemeral: false,
      }
      const store = storage === 'badger' ? { badger } : { memory: { max_traces: 1_000_000 } }
      const otlp = {
        protocols: { http: { endpoint: `${local}:${http}` }, grpc: { endpoint: `${local}:${grpc}` } },
      }
      // JSON is YAML: the collector reads this file as it reads any other.
      writeFileSync(
        file,
        JSON.stringify({
          service: {
            extensions: ['jaeger_storage', 'jaeger_query', 'healthcheckv2'],
            pipelines: {
              traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] },
            },
            telemetry: { metrics: { level: 'none' }, logs: { level: 'warn' } },
          },
          extensions: {
            healthcheckv2: { use_v2: true, http: { endpoint: `${local}:${health}` } },
            jaeger_query: { storage: { traces: 'store' }, ...query },
            jaeger_storage: { backends: { store } },
          },
          receivers: { otlp },
          processors: { batch: {} },
          exporters: { jaeger_storage_exporter: { trace_storage: 'store' } },
        }),
      )
      return {
        command: binary,
        args: ['--config', file],
        otlpUrl: `http://${local}:${http}/v1/traces`,
        otlpGrpc: `${local}:${grpc}`,
        jaegerUrl: `http://${local}:${api}`,
        readyUrl: `http://${local}:${api}/api/services`,
      }
    },
  }
}

/** VictoriaTraces, single node, from a binary built elsewhere. */
export function victoriaTraces(binary: string): ServerRecipe {
  return {
    name: 'VictoriaTraces',
    durable: true,
    async prepare(folder) {
      const url = `${local}:${await freePort()}`
      return {
        command: binary,
        args: [`-httpListenAddr=${url}`, `-storageDataPath=${join(folder, 'data')}`, '-loggerLevel=WARN'],
        otlpUrl: `http://${url}/insert/opentelemetry/v1/traces`,
        jaegerUrl: `http://${url}/select/jaeger`,
        readyUrl: `http://${url}/health`,
      }
    },
  }
}

/** Waybill and the peers whose binaries the environment names, with a line for each that is missing. */
export function serversFound(env: Readonly<Record<string, string | undefined>>): {
  readonly servers: readonly ServerRecipe[]
  readonly missing: readonly string[]
} {
  const servers: ServerRecipe[] = [waybill]
  const missing: string[] = []
  const jaegerBin = env['JAEGER_BIN']
  if (jaegerBin === undefined) missing.push('Jaeger is left out: JAEGER_BIN names no binary of it')
  else servers.push(jaeger(jaegerBin, 'badger'), jaeger(jaegerBin, 'memory'))
  const victoriaBin = env['VICTORIA_TRACES_BIN']
  if (victoriaBin === undefined)
    missing.push('VictoriaTraces is left out: VICTORIA_TRACES_BIN names no binary of it')
  else servers.push(victoriaTraces(victoriaBin))
  return { servers, missing }
}
