import { join, resolve } from 'node:path'
import type { Accept, SpanCounter } from '../accept/accept.ts'
import type { Config } from '../config.ts'
import type { GrpcService } from '../grpc/server.ts'
import type { Listening } from '../listen.ts'
import type { Logger } from '../log.ts'
import type { ReceiverCounter } from '../metrics.ts'
import { startJaegerGrpc } from './jaeger-grpc.ts'
import { startJaegerHttp } from './jaeger-http.ts'
import { startJaegerUdp } from './jaeger-udp.ts'
import { startKafkaReceiver } from './kafka/kafka.ts'
import { patientCounter } from './kafka/records.ts'
import { startOtlpGrpc } from './otlp-grpc.ts'
import { startOtlpHttp } from './otlp-http.ts'
import { Datagrams } from './udp/datagrams.ts'

export interface ReceiversOptions {
  readonly config: Config
  readonly log: Logger
  /** The counters of the receiver with this name. */
  counterOf(name: string): ReceiverCounter
  /** The door that counts with these. */
  acceptWith(counter: SpanCounter): Accept
  /** What Jaeger's clients ask of the collector's port beside sending spans. */
  readonly collectorServices: readonly GrpcService[]
}

/** Every receiver, by the name of its settings. */
const receivers = {
  otlpGrpc: { start: startOtlpGrpc, name: 'otlp-grpc', purpose: 'OTLP over gRPC' },
  otlpHttp: { start: startOtlpHttp, name: 'otlp-http', purpose: 'OTLP over HTTP' },
  jaegerHttp: { start: startJaegerHttp, name: 'jaeger-http', purpose: "Jaeger's thrift over HTTP" },
  jaegerGrpc: { start: startJaegerGrpc, name: 'jaeger-grpc', purpose: "Jaeger's protobuf over gRPC" },
  jaegerCompact: {
    start: startJaegerUdp,
    name: 'jaeger-compact',
    purpose: "Jaeger's compact thrift over UDP",
  },
  jaegerBinary: { start: startJaegerUdp, name: 'jaeger-binary', purpose: "Jaeger's binary thrift over UDP" },
  jaegerZipkin: { start: startJaegerUdp, name: 'jaeger-zipkin', purpose: "Zipkin's compact thrift over UDP" },
} as const

/**
 * Starts the receivers that are switched on.
 *
 * @param started takes each as it listens, so that a failure of the next one can end it.
 * @throws StartupError where a port cannot be had.
 */
export async function startReceivers(
  { config, log, counterOf, acceptWith, collectorServices }: ReceiversOptions,
  started: (receiver: Listening) => void,
): Promise<readonly Listening[]> {
  const listening: Listening[] = []
  const datagrams = new Datagrams()
  for (const key of Object.keys(receivers) as (keyof typeof receivers)[]) {
    const { start, name, purpose } = receivers[key]
    const { enabled, port } = config[key]
    if (!enabled) continue
    const counter = counterOf(name)
    const receiver = await start({
      host: config.host,
      port,
      name,
      purpose,
      setting: `${key}.port`,
      accept: acceptWith(counter),
      counter,
      log,
      maxBodyBytes: config.receive.maxBodyBytes,
      datagrams,
      udpBufferBytes: config.receive.udpBufferBytes,
      corsOrigins: config.receive.corsOrigins,
      collectorServices,
    })
    started(receiver)
    listening.push(receiver)
  }
  if (config.kafka.brokers.length > 0) {
    const counter = counterOf('kafka')
    const receiver = startKafkaReceiver({
      ...config.kafka,
      name: 'kafka',
      purpose: 'spans from Kafka',
      accept: acceptWith(patientCounter(counter)),
      counter,
      log,
      maxBodyBytes: config.receive.maxBodyBytes,
      quarantineDir: join(resolve(config.data), 'quarantine'),
    })
    started(receiver)
    listening.push(receiver)
  }
  return listening
}
