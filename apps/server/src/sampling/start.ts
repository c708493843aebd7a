import type { Config } from '../config.ts'
import type { GrpcService } from '../grpc/server.ts'
import type { Listening } from '../listen.ts'
import type { Logger } from '../log.ts'
import { samplingService, startSamplingGrpc } from './sampling-grpc.ts'
import { startSamplingHttp } from './sampling-http.ts'
import { openStrategySource } from './strategy-source.ts'

export interface Sampling {
  /** The ports that are switched on. */
  readonly listening: readonly Listening[]
  /** For a server of another port. */
  readonly service: GrpcService
  readonly close: () => Promise<void>
}

/**
 * Tells clients which traces to keep.
 *
 * @throws StartupError for a file of strategies that is not right, and where a port cannot be had.
 */
export async function startSampling(config: Config, log: Logger): Promise<Sampling> {
  const { host, sampling } = config
  const stages = new AsyncDisposableStack()
  try {
    const source = openStrategySource({ ...sampling, log })
    stages.defer(source.close)
    const listening: Listening[] = []
    for (const [kind, start] of [
      ['http', startSamplingHttp],
      ['grpc', startSamplingGrpc],
    ] as const) {
      const { enabled, port } = sampling[kind]
      if (!enabled) continue
      const purpose = `remote sampling over ${kind === 'http' ? 'HTTP' : 'gRPC'}`
      const named = { name: `sampling-${kind}`, purpose, setting: `sampling.${kind}.port` }
      const started = await start(source, { host, port, ...named })
      stages.defer(started.close)
      listening.push(started)
    }
    return { listening, service: samplingService(source), close: () => stages.disposeAsync() }
  } catch (error) {
    await stages.disposeAsync()
    throw error
  }
}
