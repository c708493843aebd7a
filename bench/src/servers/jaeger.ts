import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '@waybill/brokers'
import { jaegerDialect } from '../dialects/jaeger.ts'
import type { ServerRecipe } from './server-under-test.ts'

const local = '127.0.0.1'

/** Jaeger v2 with badger, its durable store for one machine, or in memory, from a binary built elsewhere. */
export function jaeger(binary: string, storage: 'badger' | 'memory'): ServerRecipe {
  return {
    name: `Jaeger ${storage}`,
    durable: storage === 'badger',
    dialect: jaegerDialect,
    async prepare(folder) {
      const [http, grpc, api, health, apiGrpc] = await freePorts(5)
      const file = join(folder, 'jaeger.json')
      const query = { http: { endpoint: `${local}:${api}` }, grpc: { endpoint: `${local}:${apiGrpc}` } }
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
        intakeUrl: `http://${local}:${http}/v1/traces`,
        grpcUrl: `http://${local}:${grpc}`,
        queryUrl: `http://${local}:${api}`,
        readyUrl: `http://${local}:${api}/api/services`,
      }
    },
  }
}
